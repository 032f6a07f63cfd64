import { readFileSync } from "node:fs";
import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare } from "../context.ts";
import { requestText } from "../load/connection.ts";
import {
	measure,
	median,
	medianSample,
	ratioOf,
	type Sample,
} from "../measure.ts";
import { metadataFilePath } from "./metadataFile.ts";
import { growTable } from "./reads.ts";

interface JsonCost {
	readonly readMicros: number;
	readonly parseMicros: number;
	readonly stringifyMicros: number;
}

/** A commit passes through far more code than a bare program: the runtime takes longer to compile it. */
const WARM_UP_ROUNDS = 4;

/** A commit that leaves the history alone, and one that adds to it. */
type Work = "set a property" | "append";
/** Few, as each makes the history longer. */
const APPENDS = 60;

/** Commits to a table with a long history: with the cache (warm) and without it (cold). */
export async function bigTableCases(bench: Bench): Promise<void> {
	for (const temperature of ["warm", "cold"] as const) {
		const prepared = await prepare(bench, {
			env: temperature === "cold" ? { PANGOLIN_METADATA_CACHE_BYTES: "0" } : {},
		});
		const sizes = [1, 100, 1000, 10_000].filter(
			(n) => n <= bench.sizes.snapshots,
		);
		const of = { temperature, work: "set a property" } as const;
		for (const snapshots of sizes)
			await bigTableCase(bench, prepared, { ...of, snapshots });
		if (sizes.includes(1000))
			await bigTableCase(bench, prepared, {
				...of,
				work: "append",
				snapshots: 1000,
			});
		await prepared.stop();
	}
}

interface Case {
	readonly temperature: Temperature;
	readonly work: Work;
	readonly snapshots: number;
}

async function bigTableCase(
	bench: Bench,
	prepared: Prepared,
	of: Case,
): Promise<void> {
	const { work, snapshots } = of;
	const name = `${work.replaceAll(" ", "_")}_${snapshots}`;
	const [table = ""] = await createTables(bench, prepared, name, 1);
	await growTable(prepared, table, snapshots);
	const samples: Sample[] = [];
	const limits: Limit[] = [];
	for (let round = -WARM_UP_ROUNDS; round < bench.sizes.rounds; round++) {
		const { port } = prepared.server;
		const { milliseconds } = bench.sizes;
		const sample = await measure(
			bench.load,
			prepared.server,
			work === "append"
				? { kind: "grow", port, table, commits: APPENDS }
				: { kind: "hot-blind", port, clients: 1, milliseconds, table },
		);
		if (round < -1) continue;
		const path = await metadataFilePath(prepared, table);
		const limit = await limitOf(bench, path, of.temperature);
		if (round < 0) continue;
		samples.push(sample);
		limits.push(limit);
	}
	report(bench, { ...of, samples, limits });
}

interface Measured extends Case {
	readonly samples: readonly Sample[];
	readonly limits: readonly Limit[];
}

/** Beside the whole, what a commit costs above what no server can do without. */
function report(bench: Bench, measured: Measured): void {
	const { temperature, work, snapshots, samples, limits } = measured;
	const cpu = samples.map((s) => s.cpuMicros);
	const json = limits.map((limit) => limit.jsonMicros);
	const floors = limits.map((limit) => limit.floorMicros);
	const above = cpu.map((micros, i) => micros - (floors[i] ?? Number.NaN));
	const all = floors.map((micros, i) => micros + (json[i] ?? Number.NaN));
	const isCold = temperature === "cold";
	const what = isCold ? "parse+serialise" : "serialise";
	const io = `${isCold ? "read, " : ""}write durably and answer`;
	const share = ratioOf(above, json);
	bench.report({
		name: `${work} at ${snapshots} snapshots, ${temperature}`,
		sample: medianSample(samples),
		figure: { value: ratioOf(cpu, json).median, unit: `x CPU of ${what}` },
		limit: { name: `CPU of ${what}, ${io}`, ratio: ratioOf(cpu, all) },
		targets:
			snapshots === 1000
				? [
						{
							what: `above the floor, x CPU of ${what} [${share.low.toFixed(2)}..${share.high.toFixed(2)}]`,
							value: share.median,
							atMost: 1.5,
						},
					]
				: [],
	});
	if (snapshots !== 1000) return;
	bench.report({
		name: `the floor of that: bare programs ${io}, bytes ready`,
		figure: { value: median(floors), unit: "CPU us" },
		limit: { name: `x CPU of ${what}`, ratio: ratioOf(floors, json) },
	});
}

type Temperature = "warm" | "cold";

/** CPU microseconds that the runtime needs for the same metadata, without a server. */
interface Limit {
	readonly jsonMicros: number;
	/**
	 * The same bytes as a durable file and the rows of a commit, the same bytes
	 * sent by the bare HTTP server; cold, the same bytes read from a file.
	 */
	readonly floorMicros: number;
}

async function limitOf(
	bench: Bench,
	path: string,
	temperature: Temperature,
): Promise<Limit> {
	const milliseconds = bench.sizes.milliseconds / 4;
	const json = await bench.bareJson.ask<JsonCost>({ path, milliseconds });
	const bytes = readFileSync(path);
	const { outcome } = await bench.bareCommits.ask<{
		outcome: { readonly cpuMicros: number };
	}>({
		folder: bench.newFolder(),
		clients: 1,
		milliseconds,
		bytes: bytes.length,
	});
	await bench.bareHttp.ask({
		status: 200,
		headers: { "content-type": "application/json" },
		bodyBase64: bytes.toString("base64"),
	});
	const answer = await measure(bench.load, bench.bareHttp, {
		kind: "repeat",
		port: bench.bareHttp.port,
		clients: 1,
		milliseconds,
		requests: [requestText("GET", "/")],
		status: 200,
	});
	const isCold = temperature === "cold";
	return {
		jsonMicros: json.stringifyMicros + (isCold ? json.parseMicros : 0),
		floorMicros:
			outcome.cpuMicros + answer.cpuMicros + (isCold ? json.readMicros : 0),
	};
}
