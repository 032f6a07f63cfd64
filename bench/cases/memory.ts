import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare } from "../context.ts";
import { requestText } from "../load/connection.ts";
import { growTable } from "./reads.ts";

const MEGABYTE = 1_000_000;
const COMMITS = 1000;

/** Start-up, idle memory, and memory after 1,000 commits grew one table to 1,000 snapshots. */
export async function memoryCases(bench: Bench): Promise<void> {
	const prepared = await prepare(bench);
	await new Promise((resolve) => setTimeout(resolve, 1000));
	const idle = prepared.server.rssBytes();
	bench.report({
		name: "start on an empty folder",
		figure: {
			value: prepared.server.millisecondsToReady,
			unit: "ms to ready",
		},
	});
	bench.report({
		name: "idle",
		rssBytes: idle,
		targets: [{ what: "RSS MB", value: idle / MEGABYTE, atMost: 110 }],
	});
	await growAndReport(bench, prepared, "");
	await readMuch(bench, prepared);
	await growAndReport(bench, prepared, ", after reading much else");
	await prepared.stop();
}

const LARGE_TABLES = 40;

/** More large tables than the cache holds, each several times. */
async function readMuch(bench: Bench, prepared: Prepared): Promise<void> {
	const tables = await createTables(bench, prepared, "read", LARGE_TABLES);
	for (const table of tables) await growTable(prepared, table, 1000);
	await bench.load.ask({
		kind: "repeat",
		port: prepared.server.port,
		clients: 8,
		milliseconds: 1000,
		requests: tables.map((table) => requestText("GET", table)),
		status: 200,
	});
}

async function growAndReport(
	bench: Bench,
	prepared: Prepared,
	when: string,
): Promise<void> {
	const name = `growing_${when.length}`;
	const [table = ""] = await createTables(bench, prepared, name, 1);
	let most = 0;
	const watch = setInterval(() => {
		most = Math.max(most, prepared.server.rssBytes());
	}, 100);
	await bench.load.ask({
		kind: "grow",
		port: prepared.server.port,
		table,
		commits: COMMITS,
	});
	await bench.load.ask({
		kind: "each",
		port: prepared.server.port,
		clients: 16,
		requests: Array.from({ length: 200 }, () => requestText("GET", table)),
		status: 200,
	});
	clearInterval(watch);
	const after = prepared.server.rssBytes();
	bench.report({
		name: `after ${COMMITS} commits to one table and 200 reads${when}`,
		rssBytes: after,
		figure: { value: most / MEGABYTE, unit: "MB at most" },
		targets: [{ what: "RSS MB", value: after / MEGABYTE, atMost: 300 }],
	});
}
