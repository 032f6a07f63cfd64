import { MongoClient } from "mongodb";
import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare } from "../context.ts";
import { againstBareHttp } from "./againstBareHttp.ts";

/** As many as are asked for at once would be found together were they one. */
const TABLES = 64;

/** Reads on MongoDB, beside what the driver does alone. */
export async function mongoReadCases(bench: Bench): Promise<void> {
	const env = await bench.newStore();
	const databaseUrl = env.DATABASE_URL;
	if (databaseUrl === undefined)
		throw new Error("mongo-reads: give --store mongo");
	await makeBareRow(databaseUrl);
	const prepared = await prepare(bench, { env });
	await loadCase(bench, prepared, databaseUrl);
	await prepared.stop();
}

async function loadCase(
	bench: Bench,
	prepared: Prepared,
	databaseUrl: string,
): Promise<void> {
	const tables = await createTables(bench, prepared, "loaded", TABLES);
	const [path = "", ...otherPaths] = tables;
	bench.report(
		await againstBareHttp(bench, prepared, {
			name: "loadTable on MongoDB",
			path,
			otherPaths,
			clients: 16,
			databaseUrl,
			targets: ({ time }) => [
				{ what: "time of bare findOne", value: time, atMost: 2 },
			],
		}),
	);
}

async function makeBareRow(databaseUrl: string): Promise<void> {
	const client = new MongoClient(databaseUrl);
	const rows = client
		.db()
		.collection<{ _id: number; location: string }>("bare_entries");
	await rows.insertOne({ _id: 1, location: "x".repeat(200) });
	await client.close();
}
