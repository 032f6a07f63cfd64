import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import {
	addressOf,
	newDatabase,
	oneDatabase,
} from "../../../test/support/emptyPostgres.ts";
import { asAdmin, sharedCluster } from "../../../test/support/postgres.ts";
import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { World } from "../conformance/world.ts";
import {
	applied,
	commit,
	createNamespace,
	createTable,
	fork,
	insertLine,
	newWorld,
	objectKey,
} from "../conformance/world.ts";
import type { LineAt, Store } from "../contract.ts";
import { type Database, openDatabase } from "./database.ts";
import { openPostgresStore } from "./postgresStore.ts";
import { entryReader } from "./readers/entries.ts";
import { askNames } from "./readers/names.ts";

const opened: { close(): Promise<void> }[] = [];
after(() => Promise.all(opened.map((each) => each.close())));

/** Two servers on one database, and who changes it behind them. */
interface Servers {
	readonly first: Store;
	readonly second: Store;
	/** Of the second one. */
	readonly world: World;
	admin(sql: string): Promise<unknown>;
}

/** @param planted changes the text of the function that lists, if at all */
async function openServers(
	planted: (sql: string) => string = (sql) => sql,
): Promise<Servers> {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const open = async () => {
		const store = await openPostgresStore({
			address: addressOf(port, database),
		});
		opened.push(store);
		return store;
	};
	const admin = (sql: string) =>
		asAdmin(port, `SET search_path = pangolin; ${sql}`, database);
	const second = await open();
	const [row] = await asAdmin(
		port,
		"SELECT pg_get_functiondef('pangolin.names_shown'::regproc) AS sql",
		database,
	);
	await admin(planted(String(row?.sql)));
	const world = await newWorld(second, oneDatabase);
	return { first: await open(), second, world, admin };
}

const FILTER = {
	parent: objectKey(["a"], "").parent,
	kinds: ["table"],
} as const;

function namesOf(store: Store, at: LineAt): Promise<string[]> {
	return store.entries.names(at, FILTER, { limit: 9 });
}

function create(world: World, name: string, line = world.line) {
	return commit(world, [createTable(world, ["a"], name)], { line });
}

/** The line as it was before its commits from a number on, which a database may lose that is restored or taken over. */
function lost(number: number, timeMicros: number): string {
	return `DELETE FROM entries WHERE number >= ${number};
		DELETE FROM commits WHERE number >= ${number};
		UPDATE lines SET head = ${number - 1}, head_time_micros = ${timeMicros}`;
}

/** What changes a list that another server has read, and what it would not be seen by if the state had less in it. */
const CHANGES: readonly {
	readonly name: string;
	/** Not part of the state in the planted bug. */
	readonly without: readonly string[];
	run(servers: Servers): Promise<void>;
}[] = [
	{
		name: "a commit of another server",
		without: ["level.head", "level.head_time_micros"],
		async run({ first, world }) {
			await commit(world, [createNamespace(world, "a")]);
			for (const name of ["x", "y"]) {
				await create(world, name);
				const names = await namesOf(first, world.head);
				assert.equal(names.at(-1), name);
			}
			await commit(world, [{ op: "drop", key: objectKey(["a"], "y") }]);
			assert.deepEqual(await namesOf(first, world.head), ["x"]);
		},
	},
	{
		name: "another parent of a line",
		without: ["level.head", "level.head_time_micros"],
		async run({ first, second, world }) {
			const { tenant, line } = world;
			await commit(world, [createNamespace(world, "a")]);
			await create(world, "x");
			await create(world, "y");
			const id = await fork(world, line, 2);
			const at = { tenant, line: id };
			assert.deepEqual(await namesOf(first, at), ["x"]);
			const value = await second.refs.line(tenant, id);
			assert.ok(value);
			await applied(second, [
				{
					op: "update",
					collection: "line",
					key: at,
					value: { ...value, parent: { line, number: 3 } },
					ifVersion: 1,
				},
			]);
			assert.deepEqual(await namesOf(first, at), ["x", "y"]);
		},
	},
	{
		name: "another line with the id of one that went",
		without: ["level.seq"],
		async run({ first, second, world }) {
			const { tenant, catalog } = world;
			const id = brandId<LineId>(oneDatabase.fresh("line"));
			const at = { tenant, line: id };
			for (const name of ["x", "y"]) {
				await applied(second, [
					{ op: "delete", collection: "line", key: at },
					insertLine({ tenant, catalog, id }),
				]);
				await commit(
					world,
					[createNamespace(world, "a"), createTable(world, ["a"], name)],
					{ line: id },
				);
				assert.deepEqual(await namesOf(first, at), [name]);
			}
		},
	},
	{
		name: "other commits than those that the database lost",
		without: ["level.head_time_micros"],
		async run({ first, world, admin }) {
			const before = await commit(world, [createNamespace(world, "a")]);
			const fixed = { ...world.head, number: 2 };
			for (const name of ["x", "y"]) {
				if (name === "y") await admin(lost(2, before.timeMicros));
				const nowMicros = name === "x" ? 2_000_000 : 3_000_000;
				for (const last of [name, `${name}z`]) {
					const entries = [createTable(world, ["a"], last)];
					await commit(world, entries, { nowMicros });
					if (last === name)
						assert.deepEqual(await namesOf(first, world.head), [name]);
				}
				assert.deepEqual(await namesOf(first, fixed), [name]);
			}
		},
	},
];

describe("names that a server of PostgreSQL has read", () => {
	for (const { name, without, run } of CHANGES) {
		it(`give way to ${name}`, async () => run(await openServers()));

		it(`with less of the state would not, to ${name}`, async () => {
			const servers = await openServers((sql) => {
				const planted = without.reduce(
					(text, part) => text.replace(` ${part}, '`, " '', '"),
					sql,
				);
				assert.notEqual(planted, sql);
				return planted;
			});
			await assert.rejects(run(servers), { code: "ERR_ASSERTION" });
		});
	}
});

/** What a reader gets from the database, answer by answer. */
async function noted() {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const store = await openPostgresStore({ address: addressOf(port, database) });
	const db = openDatabase(addressOf(port, database), {
		...{ maxConnections: 5, statementMillis: 10_000 },
		...{ lockMillis: 3000, connectMillis: 5000 },
	});
	opened.push(store, db);
	const answers: unknown[][] = [];
	const read: Database["query"] = async (sql, params) => {
		const rows = await db.query(sql, params);
		answers.push(rows.map((row) => row[2] ?? null));
		return rows;
	};
	const { names } = entryReader(read);
	return { db, answers, names, world: await newWorld(store, oneDatabase) };
}

describe("a list of names on PostgreSQL", () => {
	it("travels once until something is committed, with others that are asked for", async () => {
		const { answers, names, world } = await noted();
		await commit(world, [createNamespace(world, "a")]);
		await create(world, "x");
		const page = { limit: 9 };
		const ask = () => names(world.head, FILTER, page);
		const asked = await ask();
		asked.push("of the caller");
		assert.deepEqual(await ask(), ["x"]);
		const views = { ...FILTER, kinds: ["view"] } as const;
		assert.deepEqual(
			await Promise.all([names(world.head, views, page), ask()]),
			[[], ["x"]],
		);
		await create(world, "y");
		assert.deepEqual(await Promise.all([ask(), ask()]), [
			["x", "y"],
			["x", "y"],
		]);
		assert.deepEqual(answers, [["x"], [null], ["", null], ["x\u001fy"]]);
	});

	it("is kept, with others as long as these take little memory", async () => {
		for (const [length, isKept] of [
			[1, true],
			[10_000, false],
		] as const) {
			const states: unknown[] = [];
			const names = askNames(async (params) => {
				states.push(params.at(-1));
				return ["state", ""];
			}, 0);
			const ask = (i: number) => {
				const page = { after: `${i}${"x".repeat(length)}`, limit: 9 };
				return names([], { ...FILTER, page });
			};
			for (let i = 0; i < 1000; i++) await ask(i);
			await ask(0);
			assert.equal(states.at(-1), isKept ? "state" : null);
		}
	});

	it("is read in the order of an index, and no further than it is long", async () => {
		const { db, world } = await noted();
		await commit(world, [createNamespace(world, "a")]);
		const names = Array.from({ length: 300 }, (_, i) => `t${1000 + i}`);
		await commit(
			world,
			names.map((name) => createTable(world, ["a"], name)),
		);
		const [row] = await db.query(
			`SELECT prosrc FROM pg_proc WHERE proname = 'names_shown'`,
			[],
		);
		const select = /FROM \((\s*SELECT e\.name.*?LIMIT most)\)/s.exec(
			String(row?.[0]),
		)?.[1];
		assert.ok(select);
		const values = {
			own_seq: "(SELECT max(seq) FROM lines)",
			of_space: "1::smallint",
			of_parent: "'a'",
			after_name: "'t1100'",
			kinds: "'{table}'::text[]",
			most: "50",
		};
		const sql = Object.entries(values).reduce(
			(text, [name, value]) => text.replace(name, value),
			select,
		);
		const plan = await db.query(`EXPLAIN (ANALYZE, COSTS OFF) ${sql}`, []);
		const text = plan.flat().join("\n");
		assert.match(text, /Index Scan using entries_pkey.* rows=50[. ]/);
		assert.match(text, /Index Cond: .*name > 't1100'/);
		assert.doesNotMatch(text, /Sort/);
	});
});
