import { setTimeout as wait } from "node:timers/promises";
import { MongoClient } from "mongodb";
import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare, requestBody } from "../context.ts";
import { openConnection } from "../load/connection.ts";
import { setPropertyBody } from "../load/tables.ts";
import { startServer } from "../processes.ts";
import type { Row } from "../report.ts";
import { againstBareHttp } from "./againstBareHttp.ts";

/** As many as are asked for at once would be found together were they one. */
const TABLES = 64;

/** Of another server, each of which empties what this one keeps. */
const COMMITS_PER_SECOND = 50;

/** Reads on MongoDB, beside what the driver does alone. */
export async function mongoReadCases(bench: Bench): Promise<void> {
	const env = await bench.newStore();
	const databaseUrl = env.DATABASE_URL;
	if (databaseUrl === undefined)
		throw new Error("mongo-reads: give --store mongo");
	await makeBareRow(databaseUrl);
	const dataDir = bench.newFolder();
	const prepared = await prepare(bench, { dataDir, env });
	const tables = await createTables(bench, prepared, "loaded", TABLES);
	const measured = (name: string) =>
		loadCase(bench, prepared, { name, databaseUrl, tables });
	bench.report(await measured("loadTable on MongoDB"));
	const [hot = ""] = await createTables(bench, prepared, "hot", 1);
	const { command } = bench;
	const other = await startServer({ command, dataDir, env, free: true });
	const stop = await commitSteadily(other.port, hot);
	const row = await measured("loadTable on MongoDB beside commits");
	const value = await stop();
	const steady = {
		what: "commits/s",
		value,
		atLeast: COMMITS_PER_SECOND * 0.9,
	};
	bench.report({ ...row, targets: [...(row.targets ?? []), steady] });
	await other.stop();
	await prepared.stop();
}

interface Asked {
	readonly name: string;
	readonly databaseUrl: string;
	readonly tables: readonly string[];
}

/** @returns ends it and says how many commits a second there were */
async function commitSteadily(
	port: number,
	table: string,
): Promise<() => Promise<number>> {
	const connection = await openConnection(port);
	const start = performance.now();
	let made = 0;
	let isEnding = false;
	const commit = async () => {
		while (!isEnding) {
			const body = setPropertyBody("beside", String(made));
			await requestBody(connection, "POST", table, body);
			made++;
			const due = start + (made * 1000) / COMMITS_PER_SECOND;
			await wait(Math.max(due - performance.now(), 0));
		}
	};
	const ended = commit();
	return async () => {
		isEnding = true;
		await ended;
		connection.close();
		return (made * 1000) / (performance.now() - start);
	};
}

function loadCase(
	bench: Bench,
	prepared: Prepared,
	{ name, databaseUrl, tables }: Asked,
): Promise<Row> {
	const [path = "", ...otherPaths] = tables;
	return againstBareHttp(bench, prepared, {
		name,
		path,
		otherPaths,
		clients: 16,
		databaseUrl,
		targets: ({ time }) => [
			{ what: "time of bare findOne", value: time, atMost: 2 },
		],
	});
}

async function makeBareRow(databaseUrl: string): Promise<void> {
	const client = new MongoClient(databaseUrl);
	const rows = client
		.db()
		.collection<{ _id: number; location: string }>("bare_entries");
	await rows.insertOne({ _id: 1, location: "x".repeat(200) });
	await client.close();
}
