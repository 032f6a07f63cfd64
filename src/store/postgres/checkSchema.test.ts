import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressOf, newDatabase } from "../../../test/support/emptyPostgres.ts";
import { asAdmin, sharedCluster } from "../../../test/support/postgres.ts";
import { inspectPostgres } from "./check.ts";
import { atOneMoment } from "./mover.ts";
import made from "./schema.json" with { type: "json" };
import { schemaParts } from "./schemaParts.ts";

/** After a new migration it is written anew: see CONTRIBUTING.md. */
const MADE = new URL("./schema.json", import.meta.url).pathname;

/** All keys and indexes. */
const DROP_ALL = `DO $$ DECLARE each record; BEGIN
	FOR each IN SELECT conname, conrelid::regclass::text AS owner FROM pg_constraint
		WHERE connamespace = 'pangolin'::regnamespace AND contype IN ('f', 'p', 'u') ORDER BY contype
	LOOP EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', each.owner, each.conname); END LOOP;
	FOR each IN SELECT indexname FROM pg_indexes WHERE schemaname = 'pangolin'
	LOOP EXECUTE format('DROP INDEX %I', each.indexname); END LOOP;
END $$`;

/** Runs SQL on a new database. @returns what a check finds then, and how to go on */
async function damaged(sql: string) {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const check = () => inspectPostgres(addressOf(port, database));
	await asAdmin(port, `SET search_path = pangolin; ${sql}`, database);
	/** As somebody who has set nothing. */
	const run = (sql: string) => asAdmin(port, sql, database);
	return { run, check, problems: await check() };
}

const COMMITS_BY_ID =
	"CREATE INDEX commits_by_id ON pangolin.commits USING btree (id)";
const NEWER = "REFERENCES warehouses(tenant_id, name)";

/** SQL, and all that a check finds then. */
const DAMAGE: Readonly<Record<string, readonly [string, ...string[]]>> = {
	"a table that is missing": [
		"DROP TABLE reports",
		"the schema lacks a valid table: reports; restore a backup",
	],
	"a table that a crash would empty": [
		"ALTER TABLE claims SET UNLOGGED",
		"the schema has another table than Pangolin made: claims is table, unlogged, not table; restore a backup",
	],
	"a column that is missing": [
		"ALTER TABLE commits DROP COLUMN message",
		'the schema lacks a valid column: commits.message, text COLLATE "C" NOT NULL; change it back (ALTER TABLE), or restore a backup',
	],
	"a column of another type": [
		"ALTER TABLE commits ALTER time_micros TYPE integer",
		"the schema has another column than Pangolin made: commits.time_micros is integer NOT NULL, not bigint NOT NULL; change it back (ALTER TABLE), or restore a backup",
	],
	"a column that sorts otherwise": [
		'ALTER TABLE reports ALTER body TYPE text COLLATE "POSIX"',
		'the schema has another column than Pangolin made: reports.body is text COLLATE "POSIX" NOT NULL, not text COLLATE "C" NOT NULL; change it back (ALTER TABLE), or restore a backup',
	],
	"a column that may be empty": [
		"ALTER TABLE refs ALTER line_id DROP NOT NULL",
		'the schema has another column than Pangolin made: refs.line_id is text COLLATE "C", not text COLLATE "C" NOT NULL; change it back (ALTER TABLE), or restore a backup',
	],
	"a column that nothing fills": [
		"ALTER TABLE lines ALTER seq DROP IDENTITY",
		"the schema has another column than Pangolin made: lines.seq is bigint NOT NULL, not bigint NOT NULL GENERATED ALWAYS AS IDENTITY; change it back (ALTER TABLE), or restore a backup",
	],
	"a column that others added": [
		"ALTER TABLE refs ADD note text",
		"the schema has one column too many: refs.note; drop it",
	],
	"a primary key that is missing": [
		"ALTER TABLE claims DROP CONSTRAINT claims_pkey",
		"the schema lacks a valid key: claims, PRIMARY KEY (location); after dropping what is left of it run ALTER TABLE pangolin.claims ADD PRIMARY KEY (location)",
	],
	"a foreign key that does not follow a new name": [
		`ALTER TABLE catalogs DROP CONSTRAINT catalogs_tenant_id_warehouse_name_fkey,
			ADD FOREIGN KEY (tenant_id, warehouse_name) ${NEWER}`,
		`the schema lacks a valid key: catalogs, FOREIGN KEY (tenant_id, warehouse_name) ${NEWER} ON UPDATE CASCADE; after dropping what is left of it run ALTER TABLE pangolin.catalogs ADD FOREIGN KEY (tenant_id, warehouse_name) REFERENCES pangolin.warehouses(tenant_id, name) ON UPDATE CASCADE`,
		`the schema has one key too many: catalogs, FOREIGN KEY (tenant_id, warehouse_name) ${NEWER}; drop it`,
	],
	"keys that were never checked": [
		`ALTER TABLE catalogs DROP CONSTRAINT catalogs_tenant_id_fkey;
			ALTER TABLE catalogs ADD FOREIGN KEY (tenant_id) REFERENCES tenants (id) NOT VALID;
			ALTER TABLE refs ADD CONSTRAINT late CHECK (name <> '') NOT VALID`,
		"the schema has another key than Pangolin made: catalogs, FOREIGN KEY (tenant_id) REFERENCES tenants(id) is never checked, not enforced; after dropping what is left of it run ALTER TABLE pangolin.catalogs ADD FOREIGN KEY (tenant_id) REFERENCES pangolin.tenants(id)",
		"the schema has one key too many: refs, CHECK ((name <> ''::text)); drop it",
	],
	"a foreign key that is disabled, as during some restores": [
		"ALTER TABLE merge_conflicts DISABLE TRIGGER ALL",
		"the schema has another key than Pangolin made: merge_conflicts, FOREIGN KEY (tenant_id, operation_id) REFERENCES merge_operations(tenant_id, id) is disabled, not enforced; after dropping what is left of it run ALTER TABLE pangolin.merge_conflicts ADD FOREIGN KEY (tenant_id, operation_id) REFERENCES pangolin.merge_operations(tenant_id, id)",
	],
	"an index that is missing": [
		"DROP INDEX commits_by_id",
		`the schema lacks a valid index: commits.commits_by_id; run DROP INDEX IF EXISTS pangolin.commits_by_id; ${COMMITS_BY_ID}`,
	],
	"an index that was never finished": [
		"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'commits_by_id'::regclass",
		`the schema lacks a valid index: commits.commits_by_id; run DROP INDEX IF EXISTS pangolin.commits_by_id; ${COMMITS_BY_ID}`,
	],
	"an index over less": [
		"DROP INDEX commits_by_id; CREATE INDEX commits_by_id ON commits (id) WHERE number > 9",
		`the schema has another index than Pangolin made: commits.commits_by_id is ${COMMITS_BY_ID} WHERE (number > 9), not ${COMMITS_BY_ID}; run DROP INDEX IF EXISTS pangolin.commits_by_id; ${COMMITS_BY_ID}`,
	],
	"an index that others added and that refuses rows": [
		"CREATE INDEX slow ON commits (message); CREATE UNIQUE INDEX odd ON commits (message)",
		"the schema has one index too many: commits.odd; drop it",
	],
	"a trigger that others added": [
		"CREATE TRIGGER late BEFORE UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
		"the schema has one trigger too many: entries.late; drop it",
	],
	"a function that is missing": [
		"DROP FUNCTION apply_sets",
		"the schema lacks a valid function: apply_sets; export the store and import it into a new database",
	],
};

describe("the check of the schema of a PostgreSQL database", () => {
	it("knows what the migrations make of a new database", async (test) => {
		const { port } = await sharedCluster();
		const address = addressOf(port, await newDatabase(port));
		const parts = await atOneMoment(address, schemaParts);
		test.assert.fileSnapshot(parts, MADE, {
			serializers: [(value) => `${JSON.stringify(value, null, "\t")}\n`],
		});
	});

	for (const [what, [sql, ...says]] of Object.entries(DAMAGE))
		it(`finds ${what}`, async () => {
			const { problems } = await damaged(sql);
			assert.deepEqual(problems, says);
		});

	it("says what to run for keys and indexes, and that mends them", async () => {
		const { run, check, problems } = await damaged(DROP_ALL);
		const lost = Object.keys({ ...made.key, ...made.index }).length;
		assert.equal(problems.length, lost);
		for (const problem of problems) {
			const [, statements = ""] = problem.split(/ run (.*)/s);
			await run(statements);
		}
		assert.deepEqual(await check(), []);
	});
});
