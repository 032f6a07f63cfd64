import { type Bench, createTables } from "../context.ts";
import { requestText } from "../load/connection.ts";
import type { Job } from "../load/jobs.ts";
import { medianSample, ratioOf } from "../measure.ts";
import type { Sized } from "./growth.ts";
import { inTurns, p50sOf } from "./inTurns.ts";
import { create } from "./versionsReads.ts";

const MERGES_PER_ROUND = 10;
const CHANGED = 10;

/** Merges of ten changed tables each, in catalogs of several sizes; the target moves on with each. */
export async function mergeCases(
	bench: Bench,
	sized: readonly Sized[],
): Promise<void> {
	const turns = [];
	for (const one of sized) {
		const count = MERGES_PER_ROUND * CHANGED;
		const tables = await createTables(bench, one.prepared, "merged", count);
		let round = 0;
		turns.push({
			server: one.prepared.server,
			job: () => branchesToMerge(bench, one, tables, round++),
		});
	}
	const samples = await inTurns(bench, turns);
	for (const [index, { tables, prepared }] of sized.entries()) {
		const ratio = ratioOf(p50sOf(samples[index]), p50sOf(samples[0]));
		const isLargest = index === sized.length - 1;
		bench.report({
			name: `merge ${CHANGED} changed tables at ${tables} tables`,
			sample: medianSample(samples[index] ?? []),
			rssBytes: prepared.server.rssBytes(),
			limit: { name: "p50 of the smallest", ratio },
			targets: isLargest
				? [{ what: "p50 of the smallest", value: ratio.median, atMost: 2 }]
				: [],
		});
	}
}

/** Makes the branches, each with changes of tables of its own; the merges are the job. */
async function branchesToMerge(
	bench: Bench,
	{ prepared }: Sized,
	tables: readonly string[],
	round: number,
): Promise<Job> {
	const { port } = prepared.server;
	const names = Array.from(
		{ length: MERGES_PER_ROUND },
		(_, i) => `merge_${round}_${i}`,
	);
	for (const name of names) await create(prepared, name);
	const updates = { touched: String(1_000_000 + round) };
	const body = JSON.stringify({
		requirements: [],
		updates: [{ action: "set-properties", updates }],
	});
	const requests = tables.map((path, i) =>
		requestText("POST", `${path}?branch=${names[i % names.length]}`, body),
	);
	await bench.load.ask({
		kind: "each",
		port,
		clients: 8,
		requests,
		status: 200,
	});
	return {
		kind: "each",
		port,
		clients: 1,
		requests: names.map((name) => mergeText(name)),
		status: 200,
	};
}

function mergeText(source: string): string {
	const body = {
		catalog: "default",
		source_branch: source,
		target_branch: "main",
	};
	return requestText("POST", "/api/v1/branches/merge", JSON.stringify(body));
}
