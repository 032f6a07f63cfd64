import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { fullWorld } from "../../src/store/conformance/fullWorld.ts";
import type { Database } from "../../src/store/postgres/database.ts";
import { openConnection } from "../../src/store/postgres/database.ts";
import { MIGRATIONS, migrate } from "../../src/store/postgres/migrate.ts";
import { openPostgresStore } from "../../src/store/postgres/postgresStore.ts";
import { addressOf, newDatabase } from "../support/emptyPostgres.ts";
import {
	asAdmin,
	sharedCluster,
	untilNobodyIsIn,
} from "../support/postgres.ts";
import { runPangolin } from "../support/server.ts";
import { startTcpProxy } from "../support/tcpProxy.ts";
import { NEXT } from "./support/nextMigration.ts";
import { committingEach, withoutTurns } from "./support/plantedMigration.ts";

/**
 * F23: a migration of PostgreSQL is interrupted at each of its statements. What
 * is there then is what was there before, or all of the step, and the next start
 * goes on.
 */

const STEPS = [...MIGRATIONS, NEXT];
const CHILD = fileURLToPath(
	new URL("./support/mortalMigration.ts", import.meta.url),
);

interface Site {
	readonly port: number;
	readonly database: string;
}

/** A database with nothing in it. */
async function emptySite(): Promise<Site> {
	const { port } = await sharedCluster();
	const database = `migrating_${randomUUID().replaceAll("-", "")}`;
	await asAdmin(port, `CREATE DATABASE ${database}`);
	return { port, database };
}

/** A database of this version with something of everything in it. */
async function filledSite(): Promise<Site> {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const store = await openPostgresStore({ address: addressOf(port, database) });
	await fullWorld(store, {
		fresh: (prefix) => `${prefix}-${randomUUID()}`,
		openEmpty: () => Promise.reject(new Error("one store")),
	});
	await store.close();
	return { port, database };
}

const run = ({ port, database }: Site, sql: string) =>
	asAdmin(port, sql, database);

/** Columns, functions and rows of ours, as text. */
async function contentOf(site: Site): Promise<string[]> {
	const OURS = "(SELECT oid FROM pg_namespace WHERE nspname = 'pangolin')";
	const schema = await run(
		site,
		`SELECT relname || ' ' || attname || ' ' || attnotnull AS text
			FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
			WHERE relnamespace = ${OURS} AND attnum > 0 AND relkind IN ('r', 'i')
		UNION ALL SELECT proname || ' ' || prosrc FROM pg_proc WHERE pronamespace = ${OURS}`,
	);
	const tables = await run(
		site,
		`SELECT relname FROM pg_class WHERE relnamespace = ${OURS} AND relkind = 'r' ORDER BY 1`,
	);
	const rows = tables.map(({ relname }) => {
		const what = relname === "schema_migrations" ? "version, name" : "*";
		return `SELECT '${relname} ' || to_jsonb(r)::text AS text FROM (SELECT ${what} FROM pangolin.${relname}) r`;
	});
	const all =
		rows.length === 0 ? [] : await run(site, rows.join(" UNION ALL "));
	return [...schema, ...all].map(({ text }) => String(text)).toSorted();
}

async function migrated(
	site: Site,
	port = site.port,
	wrap = (db: Database) => db,
	steps = STEPS,
): Promise<void> {
	const db = await openConnection(addressOf(port, site.database), {
		maxConnections: 1,
		statementMillis: 60_000,
		lockMillis: 60_000,
		connectMillis: 5000,
	});
	try {
		await migrate(wrap(db), steps);
	} finally {
		await db.close();
	}
}

/** Ends whoever runs the n-th command from now on that changes the schema; sequences do not roll back. */
const INTERRUPTER = `CREATE SEQUENCE commands;
	CREATE TABLE interrupt (at_command bigint NOT NULL);
	INSERT INTO interrupt VALUES (0);
	CREATE FUNCTION interrupt() RETURNS event_trigger LANGUAGE plpgsql AS $fn$
	BEGIN
		IF nextval('public.commands') = (SELECT at_command FROM public.interrupt)
		THEN PERFORM pg_terminate_backend(pg_backend_pid());
		END IF;
	END $fn$;
	CREATE EVENT TRIGGER interrupt ON ddl_command_end EXECUTE FUNCTION interrupt()`;

const interruptAt = (site: Site, command: number) =>
	run(
		site,
		`UPDATE interrupt SET at_command = ${command}; SELECT setval('commands', 1, false)`,
	);

/**
 * Interrupts a migration within its first command, its second one, and so on.
 * @returns how many there are, and after which one something was left
 */
async function interruptedEverywhere(
	site: Site,
	wrap?: (db: Database) => Database,
): Promise<{ commands: number; halfAt: number | undefined }> {
	await run(site, INTERRUPTER);
	let before = await contentOf(site);
	for (let command = 1; ; command++) {
		await interruptAt(site, command);
		const failure = await migrated(site, site.port, wrap).catch(
			(error) => error,
		);
		await untilNobodyIsIn(site.port, site.database);
		if (failure === undefined)
			return { commands: command - 1, halfAt: undefined };
		const now = await contentOf(site);
		if (!isSame(now, before)) {
			// Steps before may be done, each of them whole.
			const steps = STEPS.slice(0, await versionsOf(site));
			const whole = await contentOf(await migratedSite(steps));
			if (!isSame(now, whole)) return half(command);
			before = now;
		}
	}
}

const half = (halfAt: number) => ({ commands: halfAt, halfAt });

/** What steps make where nothing was. */
async function migratedSite(steps: typeof STEPS): Promise<Site> {
	const site = await emptySite();
	await migrated(site, site.port, undefined, steps);
	return site;
}

async function versionsOf(site: Site): Promise<number> {
	const there = "SELECT to_regclass('pangolin.schema_migrations') AS t";
	const [found] = await run(site, there);
	if (found?.t === null) return 0;
	return (await run(site, "SELECT FROM pangolin.schema_migrations")).length;
}

function isSame(a: unknown, b: unknown): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}

/** Texts of the statements that a step sends, in their order. */
const STATEMENTS = [
	"BEGIN",
	"SET LOCAL statement_timeout",
	"pg_advisory_xact_lock",
	"FROM pg_tables",
	"CREATE TABLE IF NOT EXISTS pangolin.schema_migrations",
	"ADD COLUMN place",
	"INSERT INTO schema_migrations",
	"COMMIT",
];

/** What the step makes of a database. */
async function expectedOf(site: Site): Promise<unknown> {
	const copy = { ...site, database: `${site.database}_copy` };
	await untilNobodyIsIn(site.port, site.database);
	await asAdmin(
		site.port,
		`CREATE DATABASE ${copy.database} TEMPLATE ${site.database}`,
	);
	await migrated(copy);
	return await contentOf(copy);
}

type Wrap = (db: Database) => Database;

/** What there is after the reply to a statement was cut off, and how often that happened. */
async function leftAfterCuts(
	test: TestContext,
	site: Site,
	statements: readonly string[],
	wrap?: Wrap,
): Promise<unknown[]> {
	const proxy = await startTcpProxy(site.port);
	test.after(() => proxy.close());
	const left: unknown[] = [];
	for (const text of statements) {
		proxy.cutAfter = text;
		proxy.mode = "cutReply";
		await assert.rejects(migrated(site, proxy.port, wrap), text);
		await untilNobodyIsIn(site.port, site.database);
		left.push(await contentOf(site));
	}
	assert.equal(proxy.cuts, statements.length);
	return left;
}

/** Kills a process that migrates before it sends a statement (from 0). @returns whether it came so far */
async function killedBefore(
	site: Site,
	statement: number,
	how = "",
): Promise<boolean> {
	const { url } = await sharedCluster();
	const { signal, code, output } = await runPangolin(
		[url(site.database), String(statement), how],
		{ command: [process.execPath, CHILD] },
	);
	await untilNobodyIsIn(site.port, site.database);
	if (signal === null) assert.equal(code, 0, output);
	return signal !== null;
}

/** Has two servers migrate at once. @returns how many of them failed */
async function migratedByTwo(site: Site, wrap?: Wrap): Promise<number> {
	const both = [1, 2].map(() => migrated(site, site.port, wrap));
	const ends = await Promise.allSettled(both);
	return ends.filter(({ status }) => status === "rejected").length;
}

describe("F23: a migration of PostgreSQL", () => {
	it("that ends within any of its commands leaves no half of a step, and goes on", async (test: TestContext) => {
		const fresh = await interruptedEverywhere(await emptySite());
		assert.equal(fresh.halfAt, undefined);
		assert.ok(fresh.commands > 60, `${fresh.commands} commands`);
		const site = await filledSite();
		const expected = await expectedOf(site);
		const filled = await interruptedEverywhere(site);
		assert.equal(filled.halfAt, undefined);
		assert.ok(filled.commands >= 7, `${filled.commands} commands`);
		assert.deepEqual(await contentOf(site), expected);
		test.diagnostic(`${fresh.commands} and ${filled.commands} commands`);
	});

	it("would be seen to leave half of a step if each statement were committed", async () => {
		const { halfAt } = await interruptedEverywhere(
			await filledSite(),
			committingEach,
		);
		assert.notEqual(halfAt, undefined);
	});

	it("whose connection is cut at any of its statements leaves what was there, or all", async (test) => {
		const site = await filledSite();
		const before = await contentOf(site);
		const expected = await expectedOf(site);
		// The step before is there: its statements are not sent again.
		const left = await leftAfterCuts(test, site, STATEMENTS);
		for (const [i, text] of STATEMENTS.entries())
			assert.deepEqual(left[i], text === "COMMIT" ? expected : before, text);
		await migrated(site);
		assert.deepEqual(await contentOf(site), expected);
	});

	it("whose process is killed before any of its statements leaves what was there", async () => {
		const site = await filledSite();
		const before = await contentOf(site);
		const expected = await expectedOf(site);
		let statement = 0;
		while (await killedBefore(site, statement)) {
			assert.deepEqual(await contentOf(site), before, `${statement}`);
			statement++;
		}
		assert.ok(statement > STATEMENTS.length, `${statement} statements`);
		assert.deepEqual(await contentOf(site), expected);
	});

	it("would be seen to leave half of it after either if each statement were committed", async (test) => {
		const cut = await filledSite();
		const before = await contentOf(cut);
		const at = ["INSERT INTO schema_migrations"];
		const [left] = await leftAfterCuts(test, cut, at, committingEach);
		assert.notDeepEqual(left, before);
		const killed = await filledSite();
		const whole = await contentOf(killed);
		// Some statements come before those of the step.
		let statement = STATEMENTS.length;
		while (isSame(await contentOf(killed), whole))
			assert.ok(await killedBefore(killed, statement++, "inParts"));
	});

	it("by two servers at once is made once, also when one of them ends in it", async () => {
		const site = await filledSite();
		const expected = await expectedOf(site);
		assert.equal(await migratedByTwo(site), 0);
		assert.deepEqual(await contentOf(site), expected);
		const other = await filledSite();
		const otherExpected = await expectedOf(other);
		await run(other, INTERRUPTER);
		await interruptAt(other, 3);
		assert.equal(await migratedByTwo(other), 1);
		assert.deepEqual(await contentOf(other), otherExpected);
	});

	it("would be seen to fail at one of two servers that take no turns", async () => {
		assert.ok((await migratedByTwo(await filledSite(), withoutTurns())) > 0);
	});
});
