import type { Job, Outcome } from "./load/jobs.ts";
import type { Helper, Watched } from "./processes.ts";

/** What one run of the load generator showed, with the server's side of it. */
export interface Sample {
	readonly perSecond: number;
	readonly cpuMicros: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly refused: number;
}

/** Runs a job against a process; CPU is that of the whole process, per successful operation. */
export async function measure(
	load: Helper,
	server: Watched,
	job: Job,
): Promise<Sample> {
	const before = server.cpuMicros();
	const { outcome } = await load.ask<{ outcome: Outcome }>(job);
	const cpu = server.cpuMicros() - before;
	return {
		perSecond: outcome.operations / outcome.seconds,
		cpuMicros: cpu / outcome.operations,
		p50Ms: outcome.p50Ms,
		p99Ms: outcome.p99Ms,
		refused: outcome.refused,
	};
}

/** Several processes as one. */
export function together(processes: readonly Watched[]): Watched {
	const sum = (of: (one: Watched) => number) =>
		processes.reduce((total, one) => total + of(one), 0);
	return {
		pid: processes[0]?.pid ?? 0,
		cpuMicros: () => sum((one) => one.cpuMicros()),
		rssBytes: () => sum((one) => one.rssBytes()),
	};
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	const high = sorted[middle] ?? Number.NaN;
	if (sorted.length % 2 === 1) return high;
	return ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

export function medianSample(samples: readonly Sample[]): Sample {
	const of = (field: keyof Sample) => median(samples.map((s) => s[field]));
	return {
		perSecond: of("perSecond"),
		cpuMicros: of("cpuMicros"),
		p50Ms: of("p50Ms"),
		p99Ms: of("p99Ms"),
		refused: of("refused"),
	};
}

/** The median of the rounds' ratios and their range. */
export interface Ratio {
	readonly median: number;
	readonly low: number;
	readonly high: number;
}

export function ratioOf(
	ours: readonly number[],
	limits: readonly number[],
): Ratio {
	const ratios = ours.map((value, i) => value / (limits[i] ?? Number.NaN));
	return {
		median: median(ratios),
		low: Math.min(...ratios),
		high: Math.max(...ratios),
	};
}
