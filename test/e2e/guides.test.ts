import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { preparePython } from "../support/python.ts";
import { startServer } from "../support/server.ts";
import { type Block, blocksOf, expectedOf, runBlocks } from "./guide.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ADDRESS = "http://127.0.0.1:8080";

/** Guides whose every example runs, on a fresh server each. */
const GUIDES = ["versions", "merging", "diff", "undo"].map(
	(name) => `docs/guides/${name}.md`,
);

describe("the examples of the guides", async () => {
	const python = await preparePython(ROOT);

	for (const guide of GUIDES) {
		it(`of ${guide} run as they stand and print what they say`, async () => {
			const folder = await mkdtemp(join(tmpdir(), "pangolin-guide-data-"));
			const server = await startServer(folder);
			try {
				const text = await readFile(join(ROOT, guide), "utf8");
				const blocks = blocksOf(text.replaceAll(ADDRESS, server.url));
				assert.ok(blocks.length >= 5, "the examples were not found");
				const run = await runBlocks(python, blocks);
				assert.equal(run.exitCode, 0, run.output);
				assert.deepEqual(run.printed, expectedOf(blocks), run.output);
			} finally {
				await server.stop();
				await rm(folder, { recursive: true });
			}
		});
	}

	it("would be seen to fail", async () => {
		const block = (language: Block["language"], code: string): Block[] => [
			{ language, code, line: 1 },
		];
		const cases = [
			block("sh", "curl http://127.0.0.1:9/nothing"),
			block("sh", "false\ntrue"),
			block("python", "raise ValueError"),
		];
		for (const blocks of cases)
			assert.notEqual((await runBlocks(python, blocks)).exitCode, 0);
		const wrong = block("python", "print(1)  # 2\n");
		const run = await runBlocks(python, wrong);
		assert.deepEqual([run.printed, expectedOf(wrong)], [["1"], ["2"]]);
	});
});
