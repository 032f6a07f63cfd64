import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import { preparePython } from "../support/python.ts";
import { startServer } from "../support/server.ts";
import {
	type Block,
	blocksOf,
	expectedOf,
	onlyBlock,
	runBlocks,
} from "./guide.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ADDRESS = "http://127.0.0.1:8080";

/** A page whose every example runs, on a fresh server. */
interface Guide {
	readonly page: string;
	/** So many there are at least. */
	readonly examples: number;
	/** What they take for granted. */
	readonly before?: string;
}

const BRANCH = "f'{uri}/api/v1/branches'";
const GUIDES: readonly Guide[] = [
	{ page: "docs/guides/versions.md", examples: 14 },
	{ page: "docs/guides/merging.md", examples: 9 },
	{ page: "docs/guides/undo.md", examples: 11 },
	{ page: "docs/guides/diff.md", examples: 8 },
	{ page: "README.md", examples: 1 },
	{
		page: "docs/guides/management.md",
		examples: 2,
		before: `catalog.create_namespace("sales")
catalog.create_table("sales.orders", Schema())`,
	},
	{
		page: "docs/guides/clients.md",
		examples: 2,
		before: `requests.post(${BRANCH}, json={"name": "etl/june", "catalog": "default"}).raise_for_status()`,
	},
];

const block = (language: Block["language"], code: string): Block => ({
	language,
	code,
	line: 1,
});

const prepared = (code: string) => `import requests
from pyiceberg.catalog import load_catalog
from pyiceberg.schema import Schema
uri = "${ADDRESS}"
catalog = load_catalog("before", uri=uri, warehouse="default")
${code}
del catalog, uri, requests, load_catalog, Schema
`;

/** Runs a page's examples, at a server where what they name is there. */
async function runGuide(
	test: TestContext,
	python: string,
	{ page, examples, before = "" }: Guide,
): Promise<void> {
	const server = await startServer(temporaryFolder(test));
	test.after(() => server.stop());
	const text = (await readFile(join(ROOT, page), "utf8"))
		// A time at which there is a catalog.
		.replaceAll("2026-08-01T00:00:00Z", new Date().toISOString());
	const blocks = blocksOf(text);
	assert.ok(blocks.length >= examples, "the examples were not found");
	const all = [block("python", prepared(before)), ...blocks];
	const run = await runBlocks(
		python,
		all.map((each) => ({
			...each,
			code: each.code.replaceAll(ADDRESS, server.url),
		})),
	);
	assert.equal(run.exitCode, 0, run.output);
	assert.deepEqual(run.printed, expectedOf(blocks), run.output);
}

describe("the examples of the guides", async () => {
	const python = await preparePython(ROOT);

	for (const guide of GUIDES)
		it(`of ${guide.page} run as they stand and print what they say`, (test) =>
			runGuide(test, python, guide));

	it("of a configuration file for PyIceberg reach the catalog", async (test) => {
		const server = await startServer(temporaryFolder(test));
		test.after(() => server.stop());
		const guide = await readFile(join(ROOT, "docs/guides/clients.md"), "utf8");
		const file = onlyBlock(guide, "yaml").replaceAll(ADDRESS, server.url);
		const use = block(
			"python",
			`from pyiceberg.catalog import load_catalog
catalog = load_catalog("pangolin")
catalog.create_namespace("configured")
print(catalog.list_namespaces())`,
		);
		const run = await runBlocks(python, [use], file);
		assert.match(run.printed.join(), /configured/, run.output);
		const without = await runBlocks(python, [use]);
		assert.notEqual(without.exitCode, 0);
	});

	it("would be seen to fail", async () => {
		const cases = [
			block("sh", "curl http://127.0.0.1:9/nothing"),
			block("sh", "false\ntrue"),
			block("python", "raise ValueError"),
		];
		for (const each of cases)
			assert.notEqual((await runBlocks(python, [each])).exitCode, 0);
		const wrong = [block("python", "print(1)  # 2\n")];
		const run = await runBlocks(python, wrong);
		assert.deepEqual([run.printed, expectedOf(wrong)], [["1"], ["2"]]);
	});
});
