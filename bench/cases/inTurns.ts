import type { Bench } from "../context.ts";
import type { Job } from "../load/jobs.ts";
import { measure, type Sample } from "../measure.ts";
import type { Watched } from "../processes.ts";

/** One of several things that are measured beside one another. */
export interface Turn {
	readonly server: Watched;
	/** Called for each round, the warm-up's included. */
	readonly job: () => Job | Promise<Job>;
}

/** The samples of each, round after round, so that what else the machine does meets all of them. */
export async function inTurns(
	bench: Bench,
	turns: readonly Turn[],
): Promise<Sample[][]> {
	const samples = turns.map((): Sample[] => []);
	for (let round = -1; round < bench.sizes.rounds; round++) {
		for (const [index, { server, job }] of turns.entries()) {
			const sample = await measure(bench.load, server, await job());
			if (round >= 0) samples[index]?.push(sample);
		}
	}
	return samples;
}

export function p50sOf(samples: readonly Sample[] | undefined): number[] {
	return (samples ?? []).map((sample) => sample.p50Ms);
}
