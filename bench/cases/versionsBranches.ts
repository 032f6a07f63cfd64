import type { CopiedBranches } from "../bare/copiedBranches.ts";
import type { Bench } from "../context.ts";
import { requestText } from "../load/connection.ts";
import { median, medianSample, ratioOf } from "../measure.ts";
import { SERVER_CORE, startHelper } from "../processes.ts";
import type { Sized } from "./growth.ts";
import { inTurns, p50sOf } from "./inTurns.ts";

const BRANCHES = "/api/v1/branches";
const PER_ROUND = 50;

/** Creating a branch of catalogs of several sizes, beside copying every row. */
export async function branchCreation(
	bench: Bench,
	sized: readonly Sized[],
): Promise<void> {
	let made = 0;
	const samples = await inTurns(
		bench,
		sized.map(({ prepared: { server } }) => ({
			server,
			job: () => ({
				kind: "each",
				port: server.port,
				clients: 1,
				requests: Array.from({ length: PER_ROUND }, () =>
					creationText(`made_${made++}`),
				),
				status: 201,
			}),
		})),
	);
	for (const [index, { tables, prepared }] of sized.entries()) {
		const ratio = ratioOf(p50sOf(samples[index]), p50sOf(samples[0]));
		const isLargest = index === sized.length - 1;
		bench.report({
			name: `create branch at ${tables} tables`,
			sample: medianSample(samples[index] ?? []),
			rssBytes: prepared.server.rssBytes(),
			figure: {
				value: await copied(bench, tables),
				unit: "ms by copying rows",
			},
			limit: { name: "p50 of 10 tables", ratio },
			targets: isLargest
				? [{ what: "p50 of 10 tables", value: ratio.median, atMost: 1.5 }]
				: [],
		});
	}
}

export function creationText(name: string, from = "main"): string {
	const body = { catalog: "default", name, from };
	return requestText("POST", BRANCHES, JSON.stringify(body));
}

/** Milliseconds for a branch that copies every row; the median. */
async function copied(bench: Bench, tables: number): Promise<number> {
	const helper = startHelper("./bare/copiedBranches.ts", SERVER_CORE);
	const job: CopiedBranches = {
		folder: bench.newFolder(),
		tables,
		branches: bench.sizes.rounds,
	};
	const { outcome } = await helper.ask<{
		outcome: { milliseconds: readonly number[] };
	}>(job);
	await helper.stop();
	return median(outcome.milliseconds);
}
