import { readFileSync } from "node:fs";
import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare } from "../context.ts";
import { requestText } from "../load/connection.ts";
import { measure, medianSample, ratioOf, type Sample } from "../measure.ts";
import { metadataFilePath } from "./metadataFile.ts";
import { growTable } from "./reads.ts";

interface JsonCost {
	readonly parseMicros: number;
	readonly stringifyMicros: number;
}

/** Commits to a table with a long history: with the cache (warm) and without it (cold). */
export async function bigTableCases(bench: Bench): Promise<void> {
	for (const temperature of ["warm", "cold"] as const) {
		const prepared = await prepare(bench, {
			env: temperature === "cold" ? { PANGOLIN_METADATA_CACHE_BYTES: "0" } : {},
		});
		const sizes = [1, 100, 1000, 10_000].filter(
			(n) => n <= bench.sizes.snapshots,
		);
		for (const snapshots of sizes) {
			await bigTableCase(bench, prepared, temperature, snapshots);
		}
		await prepared.stop();
	}
}

async function bigTableCase(
	bench: Bench,
	prepared: Prepared,
	temperature: "warm" | "cold",
	snapshots: number,
): Promise<void> {
	const [table = ""] = await createTables(
		bench,
		prepared,
		`of_${snapshots}`,
		1,
	);
	await growTable(prepared, table, snapshots);
	const samples: Sample[] = [];
	const serialising: number[] = [];
	const all: number[] = [];
	for (let round = -1; round < bench.sizes.rounds; round++) {
		const sample = await measure(bench.load, prepared.server, {
			kind: "hot-blind",
			port: prepared.server.port,
			clients: 1,
			milliseconds: bench.sizes.milliseconds,
			table,
		});
		const limit = await limitOf(
			bench,
			await metadataFilePath(prepared, table),
			temperature,
		);
		if (round < 0) continue;
		samples.push(sample);
		serialising.push(limit.jsonMicros);
		all.push(limit.jsonMicros + limit.writeMicros + limit.answerMicros);
	}
	const cpu = samples.map((s) => s.cpuMicros);
	const ratio = ratioOf(cpu, all);
	const json = ratioOf(cpu, serialising).median;
	const what = temperature === "cold" ? "parse+serialise" : "serialise";
	bench.report({
		name: `commit at ${snapshots} snapshots, ${temperature}`,
		sample: medianSample(samples),
		figure: { value: json, unit: `x CPU of ${what}` },
		limit: { name: `CPU of ${what}, write durably and answer`, ratio },
		targets:
			snapshots === 1000
				? [
						{ what: `CPU of ${what}`, value: json, atMost: 1.5 },
						{ what: "and write and answer", value: ratio.median, atMost: 1.5 },
					]
				: [],
	});
}

/** CPU microseconds that the runtime needs for the same metadata, without a server. */
async function limitOf(
	bench: Bench,
	path: string,
	temperature: "warm" | "cold",
): Promise<{
	readonly jsonMicros: number;
	/** The same bytes as a durable file, and the rows of a commit. */
	readonly writeMicros: number;
	/** The same bytes sent by the bare HTTP server. */
	readonly answerMicros: number;
}> {
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
	return {
		jsonMicros:
			json.stringifyMicros + (temperature === "cold" ? json.parseMicros : 0),
		writeMicros: outcome.cpuMicros,
		answerMicros: answer.cpuMicros,
	};
}
