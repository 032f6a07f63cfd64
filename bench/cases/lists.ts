import { MongoClient } from "mongodb";
import { asAdmin } from "../../test/support/postgres.ts";
import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare } from "../context.ts";
import { againstBareHttp } from "./againstBareHttp.ts";

const TABLES = 1000;
const CLIENTS = 16;
/** So many pages of the list that none of them is kept until it is asked for again. */
const PAGE_SIZES = Array.from({ length: 200 }, (_, i) => TABLES - i);

/** Lists on a database, beside what its driver needs for as many names alone. */
export async function listCases(bench: Bench): Promise<void> {
	const env = await bench.newStore();
	const databaseUrl = env.DATABASE_URL;
	if (databaseUrl === undefined)
		throw new Error("lists: give --store postgres or mongo");
	await makeBareNames(databaseUrl);
	const prepared = await prepare(bench, { env });
	await createTables(bench, prepared, "listed", TABLES);
	const path = prepared.tablesPath;
	await listCase(bench, prepared, databaseUrl, {
		name: "list 1,000 tables, asked for again",
		path,
	});
	const pageOf = (size: number) => `${path}?pageToken=&pageSize=${size}`;
	const [first = TABLES, ...others] = PAGE_SIZES;
	await listCase(bench, prepared, databaseUrl, {
		name: "list 800 to 1,000 tables, none kept",
		path: pageOf(first),
		otherPaths: others.map(pageOf),
	});
	await prepared.stop();
}

async function listCase(
	bench: Bench,
	prepared: Prepared,
	databaseUrl: string,
	what: {
		readonly name: string;
		readonly path: string;
		readonly otherPaths?: readonly string[];
	},
): Promise<void> {
	bench.report(
		await againstBareHttp(bench, prepared, {
			...what,
			clients: CLIENTS,
			databaseUrl,
			bareReads: "names",
			targets: ({ time }) => [
				{ what: "time of bare list", value: time, atMost: 2 },
			],
		}),
	);
}

async function makeBareNames(databaseUrl: string): Promise<void> {
	const { port, pathname, protocol } = new URL(databaseUrl);
	if (protocol.startsWith("postgres")) {
		await asAdmin(Number(port), BARE_NAMES, pathname.slice(1));
		return;
	}
	const client = new MongoClient(databaseUrl);
	const names = client.db().collection<{ _id: string }>("bare_names");
	await names.insertMany(
		Array.from({ length: TABLES }, (_, i) => ({ _id: `listed_${i}` })),
	);
	await client.close();
}

const BARE_NAMES = `CREATE TABLE bare_names (name text COLLATE "C" PRIMARY KEY);
INSERT INTO bare_names SELECT 'listed_' || i FROM generate_series(0, ${TABLES - 1}) i;
ANALYZE bare_names`;
