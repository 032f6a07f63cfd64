import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare, requestBody } from "../context.ts";
import { requestText } from "../load/connection.ts";
import type { Job } from "../load/jobs.ts";
import { medianSample, ratioOf } from "../measure.ts";
import type { Target } from "../report.ts";
import { seedTables } from "../seed/seedTables.ts";
import { inTurns, p50sOf } from "./inTurns.ts";
import { metadataFilePath } from "./metadataFile.ts";

/** A catalog of one size, with the tables that the cases touch. */
export interface Sized {
	readonly tables: number;
	readonly prepared: Prepared;
	readonly touched: readonly string[];
}

const TOUCHED = 8;

/** The same work at 10, 1,000 and 100,000 tables, in turns. */
export async function growthCases(bench: Bench): Promise<void> {
	const sized: Sized[] = [];
	for (const tables of [10, 1000, bench.sizes.tables]) {
		sized.push(await openSized(bench, tables));
	}
	const kinds = [
		{ name: "loadTable", job: loadJob, atMost: 1.2 },
		{ name: "create table", job: createJob, atMost: 1.5 },
		{ name: "commit", job: commitJob, atMost: undefined },
	];
	for (const kind of kinds) await compareSizes(bench, sized, kind);
	const largest = sized.at(-1);
	if (largest !== undefined) await pageCase(bench, largest);
	for (const { prepared } of sized) await prepared.stop();
	await startCase(bench, sized);
}

export async function openSized(bench: Bench, tables: number): Promise<Sized> {
	const dataDir = bench.newFolder();
	const first = await prepare(bench, { dataDir });
	const [made = ""] = await createTables(bench, first, "template", 1);
	const template = await metadataFilePath(first, made);
	await first.stop();
	await seedTables({ dataDir, template, tables: tables - TOUCHED - 1 });
	const prepared = await prepare(bench, { dataDir });
	const touched = await createTables(bench, prepared, "touched", TOUCHED);
	return { tables, prepared, touched };
}

interface Kind {
	readonly name: string;
	readonly job: (bench: Bench, sized: Sized) => Job;
	readonly atMost: number | undefined;
}

const loadJob: Kind["job"] = (bench, { prepared, touched }) => ({
	kind: "repeat",
	port: prepared.server.port,
	clients: 4,
	milliseconds: bench.sizes.milliseconds,
	requests: touched.map((path) => requestText("GET", path)),
	status: 200,
});

const createJob: Kind["job"] = (bench, { prepared }) => ({
	kind: "create",
	port: prepared.server.port,
	clients: 4,
	milliseconds: bench.sizes.milliseconds,
	tablesPath: prepared.tablesPath,
});

const commitJob: Kind["job"] = (bench, { prepared, touched }) => ({
	kind: "append",
	port: prepared.server.port,
	clients: 4,
	milliseconds: bench.sizes.milliseconds,
	tables: touched,
});

async function compareSizes(
	bench: Bench,
	sized: readonly Sized[],
	kind: Kind,
): Promise<void> {
	const samples = await inTurns(
		bench,
		sized.map((one) => ({
			server: one.prepared.server,
			job: () => kind.job(bench, one),
		})),
	);
	const base = samples[0] ?? [];
	for (const [index, one] of sized.entries()) {
		const own = samples[index] ?? [];
		const ratio = ratioOf(p50sOf(own), p50sOf(base));
		const cpu = ratioOf(
			own.map((s) => s.cpuMicros),
			base.map((s) => s.cpuMicros),
		);
		const targets: Target[] =
			kind.atMost !== undefined && index === sized.length - 1
				? [
						{
							what: "p50 of 10 tables",
							value: ratio.median,
							atMost: kind.atMost,
						},
						{
							what: "CPU of 10 tables",
							value: cpu.median,
							atMost: kind.atMost,
						},
					]
				: [];
		bench.report({
			name: `${kind.name} at ${one.tables} tables`,
			sample: medianSample(own),
			rssBytes: one.prepared.server.rssBytes(),
			limit: { name: "p50 of 10 tables", ratio },
			targets,
		});
	}
}

/** A page costs the same at the end of the list as at its beginning. */
async function pageCase(bench: Bench, sized: Sized): Promise<void> {
	const { prepared } = sized;
	const page = (token: string) =>
		`${prepared.tablesPath}?pageSize=100&pageToken=${encodeURIComponent(token)}`;
	const begin = page("");
	let end = begin;
	for (let token: string | null = ""; token !== null; ) {
		end = `${prepared.tablesPath}?pageSize=1000&pageToken=${encodeURIComponent(token)}`;
		const text: string = await requestBody(prepared.connection, "GET", end);
		const next: string | undefined = JSON.parse(text)["next-page-token"];
		if (next === undefined || next === null) break;
		end = page(next);
		token = next;
	}
	const samples = await inTurns(
		bench,
		[begin, end].map((path) => ({
			server: prepared.server,
			job: () => ({
				kind: "repeat",
				port: prepared.server.port,
				clients: 1,
				milliseconds: bench.sizes.milliseconds,
				requests: [requestText("GET", path)],
				status: 200,
			}),
		})),
	);
	const ratio = ratioOf(p50sOf(samples[1]), p50sOf(samples[0]));
	bench.report({
		name: `page of 100 at the beginning of ${sized.tables}`,
		sample: medianSample(samples[0] ?? []),
	});
	bench.report({
		name: `page of 100 at the end of ${sized.tables}`,
		sample: medianSample(samples[1] ?? []),
		limit: { name: "p50 of the first page", ratio },
		targets: [{ what: "of the first page", value: ratio.median, atMost: 1.2 }],
	});
}

async function startCase(bench: Bench, sized: readonly Sized[]): Promise<void> {
	for (const { tables, prepared } of sized) {
		const times: number[] = [];
		for (let round = 0; round < Math.max(3, bench.sizes.rounds); round++) {
			const again = await prepare(bench, {
				dataDir: prepared.server.dataDir,
			});
			times.push(again.server.millisecondsToReady);
			await again.stop();
		}
		const value = times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
		bench.report({
			name: `start on a file with ${tables} tables`,
			figure: { value, unit: "ms to ready" },
			targets:
				tables === sized.at(-1)?.tables
					? [{ what: "ms to ready", value, atMost: 500 }]
					: [],
		});
	}
}
