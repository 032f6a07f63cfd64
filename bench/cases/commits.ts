import type { Bench, Prepared } from "../context.ts";
import { createTables, requestBody } from "../context.ts";
import type { Job } from "../load/jobs.ts";
import type { Ratio, Sample } from "../measure.ts";
import { measure, median, medianSample, ratioOf } from "../measure.ts";
import { metadataFileBytes } from "./metadataFile.ts";

const TABLES = 512;
const CLIENT_COUNTS = [1, 8, 32] as const;

interface BareOutcome {
	readonly operations: number;
	readonly seconds: number;
	readonly cpuMicros: number;
}

/** Creates, commits on distinct tables and commits on one hot table. */
export async function commitCases(
	bench: Bench,
	prepared: Prepared,
): Promise<void> {
	await createCase(bench, prepared);
	const tables = await createTables(bench, prepared, "distinct", TABLES);
	for (const clients of CLIENT_COUNTS) {
		await distinctCase(bench, prepared, tables, clients);
	}
	await hotAssertingCase(bench, prepared);
	await hotBlindCase(bench, prepared);
}

async function createCase(bench: Bench, prepared: Prepared): Promise<void> {
	for (const clients of [1, 16]) {
		const samples = await rounds(bench, prepared, {
			kind: "create",
			port: prepared.server.port,
			clients,
			milliseconds: bench.sizes.milliseconds,
			tablesPath: prepared.tablesPath,
		});
		bench.report({
			name: `create table (${clients} clients)`,
			sample: medianSample(samples),
			rssBytes: prepared.server.rssBytes(),
		});
	}
}

async function rounds(
	bench: Bench,
	prepared: Prepared,
	job: Job,
): Promise<Sample[]> {
	const samples: Sample[] = [];
	for (let round = 0; round < bench.sizes.rounds; round++) {
		samples.push(await measure(bench.load, prepared.server, job));
	}
	return samples;
}

async function distinctCase(
	bench: Bench,
	prepared: Prepared,
	tables: readonly string[],
	clients: number,
): Promise<void> {
	const bytes = await metadataFileBytes(prepared, tables[0] ?? "");
	const ours: Sample[] = [];
	const bare: number[] = [];
	const ofLower: Ratio[] = [];
	for (let round = -1; round < bench.sizes.rounds; round++) {
		const own = await measure(bench.load, prepared.server, {
			kind: "append",
			port: prepared.server.port,
			clients,
			milliseconds: bench.sizes.milliseconds,
			tables,
		});
		const { outcome } = await bench.bareCommits.ask<{ outcome: BareOutcome }>({
			folder: bench.newFolder(),
			clients,
			milliseconds: bench.sizes.milliseconds,
			bytes,
		});
		if (round < 0) continue;
		ours.push(own);
		bare.push(outcome.operations / outcome.seconds);
	}
	const lower = ours.map((own, i) =>
		Math.min(1_000_000 / own.cpuMicros, bare[i] ?? Number.NaN),
	);
	const ratio = ratioOf(
		ours.map((own) => own.perSecond),
		lower,
	);
	ofLower.push(ratio);
	const sample = medianSample(ours);
	bench.report({
		name: `commit, distinct tables (${clients} clients)`,
		sample,
		rssBytes: prepared.server.rssBytes(),
		limit: {
			name: `of min(core ${(1_000_000 / sample.cpuMicros).toFixed(0)}/s, bare files of ${bytes} bytes and rows ${median(bare).toFixed(0)}/s)`,
			ratio,
		},
		targets:
			clients === 32
				? [
						{ what: "of the lower limit", value: ratio.median, atLeast: 0.7 },
						{ what: "CPU us", value: sample.cpuMicros, atMost: 1000 },
					]
				: [],
	});
}

/** As many successes with 8 and 32 clients as with one alone, in the same rounds, on fresh tables. */
async function hotAssertingCase(
	bench: Bench,
	prepared: Prepared,
): Promise<void> {
	const samples = new Map<number, Sample[]>();
	for (let round = 0; round < bench.sizes.rounds; round++) {
		for (const clients of CLIENT_COUNTS) {
			const [table = ""] = await createTables(
				bench,
				prepared,
				`hot_${round}_${clients}`,
				1,
			);
			const sample = await measure(bench.load, prepared.server, {
				kind: "hot-asserting",
				port: prepared.server.port,
				clients,
				milliseconds: bench.sizes.milliseconds,
				table,
			});
			samples.set(clients, [...(samples.get(clients) ?? []), sample]);
		}
	}
	const rates = (clients: number) =>
		(samples.get(clients) ?? []).map((s) => s.perSecond);
	for (const clients of CLIENT_COUNTS) {
		const own = samples.get(clients) ?? [];
		const ratio = ratioOf(rates(clients), rates(1));
		bench.report({
			name: `commit, one hot table, asserting, Java's retries (${clients} clients)`,
			sample: medianSample(own),
			figure: { value: median(own.map((s) => s.refused)), unit: "refused" },
			limit: { name: "of one client alone", ratio },
			targets:
				clients === 8
					? [{ what: "of one alone", value: ratio.median, atLeast: 1 }]
					: [],
		});
	}
}

async function hotBlindCase(bench: Bench, prepared: Prepared): Promise<void> {
	const [table = ""] = await createTables(bench, prepared, "blind", 1);
	for (const clients of CLIENT_COUNTS) {
		const samples = await rounds(bench, prepared, {
			kind: "hot-blind",
			port: prepared.server.port,
			clients,
			milliseconds: bench.sizes.milliseconds,
			table,
		});
		const refused = samples.reduce((sum, s) => sum + s.refused, 0);
		bench.report({
			name: `commit, one hot table, asserting nothing (${clients} clients)`,
			sample: medianSample(samples),
			figure: { value: refused, unit: "refused" },
			targets: [{ what: "refused", value: refused, atMost: 0 }],
		});
	}
	await requestBody(prepared.connection, "DELETE", table);
}
