import type { Bench, Prepared } from "../context.ts";
import { createTables, requestBody } from "../context.ts";
import { exchange, requestText } from "../load/connection.ts";
import { appendManyBody, snapshotIdOf, tableStateOf } from "../load/tables.ts";
import { againstBareHttp } from "./againstBareHttp.ts";

/** loadTable small and large, 304, and a list of 1,000 tables. */
export async function readCases(
	bench: Bench,
	prepared: Prepared,
): Promise<void> {
	const [small = ""] = await createTables(bench, prepared, "small", 1);
	await growTable(prepared, small, 1);
	bench.report(
		await againstBareHttp(bench, prepared, {
			name: "loadTable, 1 snapshot",
			path: small,
			clients: 16,
			targets: ({ rps, tail }) => [
				{ what: "req/s of bare", value: rps, atLeast: 0.6 },
				tail,
			],
		}),
	);
	const { etag } = await exchange(
		prepared.connection,
		requestText("GET", small),
	);
	bench.report(
		await againstBareHttp(bench, prepared, {
			name: "loadTable, not modified",
			path: small,
			headers: { "if-none-match": etag ?? "" },
			clients: 16,
			targets: ({ rps }) => [
				{ what: "req/s of bare", value: rps, atLeast: 0.7 },
			],
		}),
	);
	const [large = ""] = await createTables(bench, prepared, "large", 1);
	await growTable(prepared, large, 1000);
	bench.report(
		await againstBareHttp(bench, prepared, {
			name: "loadTable, 1,000 snapshots",
			path: large,
			clients: 16,
			targets: ({ rps, tail }) => [
				{ what: "req/s of bare", value: rps, atLeast: 0.7 },
				tail,
			],
		}),
	);
	await createTables(bench, prepared, "listed", 998);
	bench.report(
		await againstBareHttp(bench, prepared, {
			name: "list 1,000 tables",
			path: prepared.tablesPath,
			clients: 4,
			targets: ({ time }) => [{ what: "time of bare", value: time, atMost: 3 }],
		}),
	);
}

const SNAPSHOTS_PER_COMMIT = 500;

/** Appends until the table has so many snapshots, many in one commit. */
export async function growTable(
	prepared: Prepared,
	path: string,
	snapshots: number,
): Promise<void> {
	for (let have = 0; have < snapshots; ) {
		const count = Math.min(SNAPSHOTS_PER_COMMIT, snapshots - have);
		const state = tableStateOf(
			await requestBody(prepared.connection, "GET", path),
		);
		const nexts = Array.from({ length: count }, (_, i) => ({
			id: snapshotIdOf(have + i),
			sequenceNumber: state.sequenceNumber + i + 1,
		}));
		await requestBody(
			prepared.connection,
			"POST",
			path,
			appendManyBody(state, nexts),
		);
		have += count;
	}
}
