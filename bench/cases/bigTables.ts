import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare } from "../context.ts";
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
	const path = await metadataFilePath(prepared, table);
	const samples: Sample[] = [];
	const limits: number[] = [];
	for (let round = -1; round < bench.sizes.rounds; round++) {
		const sample = await measure(bench.load, prepared.server, {
			kind: "hot-blind",
			port: prepared.server.port,
			clients: 1,
			milliseconds: bench.sizes.milliseconds,
			table,
		});
		const json = await bench.bareJson.ask<JsonCost>({
			path,
			milliseconds: bench.sizes.milliseconds / 4,
		});
		if (round < 0) continue;
		samples.push(sample);
		limits.push(
			json.stringifyMicros + (temperature === "cold" ? json.parseMicros : 0),
		);
	}
	const ratio = ratioOf(
		samples.map((s) => s.cpuMicros),
		limits,
	);
	const what = temperature === "cold" ? "parse+serialise" : "one serialisation";
	bench.report({
		name: `commit at ${snapshots} snapshots, ${temperature}`,
		sample: medianSample(samples),
		limit: { name: `CPU of ${what}`, ratio },
		targets:
			snapshots === 1000
				? [{ what: `CPU of ${what}`, value: ratio.median, atMost: 1.5 }]
				: [],
	});
}
