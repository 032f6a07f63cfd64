import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
	at,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import { contentsOf, merge, merged } from "../../../test/support/merges.ts";
import { checkProperty } from "../../../test/support/property.ts";
import {
	atRef,
	CALLER,
	loadAt,
	runsOn,
	STORES,
} from "../../../test/support/refs.ts";
import { PangolinError } from "../../model/errors.ts";
import { dropTable } from "../dropTable.ts";
import { createNamespace, dropNamespace } from "../namespaces.ts";
import { renameTable } from "../renames.ts";
import { createBranch } from "./branches.ts";
import { rebaseBranch } from "./rebase.ts";

const NAMESPACES = ["a", "b"] as const;
const NAMES = ["t", "u", "v"] as const;

type Op =
	| { op: "set"; at: [string, string]; key: string; value: string }
	| { op: "create" | "drop"; at: [string, string] }
	| { op: "rename"; at: [string, string]; to: [string, string] }
	| { op: "namespace" | "dropNamespace"; name: string };

const place = fc.tuple(
	fc.constantFrom(...NAMESPACES),
	fc.constantFrom(...NAMES),
);
const operation: fc.Arbitrary<Op> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			op: fc.constant("set" as const),
			at: place,
			key: fc.constantFrom("k", "l"),
			value: fc.constantFrom("1", "2"),
		}),
	},
	fc.record({ op: fc.constantFrom("create" as const, "drop"), at: place }),
	fc.record({ op: fc.constant("rename" as const), at: place, to: place }),
	fc.record({
		op: fc.constantFrom("namespace" as const, "dropNamespace"),
		name: fc.constantFrom(...NAMESPACES),
	}),
);
const operations = fc.array(operation, { maxLength: 6 });

/** What cannot be done here is not done. */
async function run(catalog: TestCatalog, ops: readonly Op[]): Promise<void> {
	for (const op of ops)
		try {
			await runOne(catalog, op);
		} catch (error) {
			if (!(error instanceof PangolinError)) throw error;
		}
}

function runOne(catalog: TestCatalog, op: Op): Promise<unknown> {
	const { deps, scope } = catalog;
	switch (op.op) {
		case "set":
			return setProperty(catalog, at(...op.at), op.key, op.value);
		case "create":
			return makeTable(catalog, at(...op.at));
		case "drop":
			return dropTable(deps, scope, at(...op.at), { purge: false });
		case "rename":
			return renameTable(deps, scope, {
				source: at(...op.at),
				destination: at(...op.to),
			});
		case "namespace":
			return createNamespace(deps, scope, { namespace: [op.name] });
		case "dropNamespace":
			return dropNamespace(deps, scope, [op.name]);
	}
}

interface Drawn {
	readonly before: readonly Op[];
	readonly ours: readonly Op[];
	readonly theirs: readonly Op[];
}

async function drawn(
	openStore: (typeof STORES)[number][1],
	{ before, ours, theirs }: Drawn,
): Promise<TestCatalog> {
	const main = await openTestCatalog({ openStore });
	await makeTable(main, at("a", "t"));
	await makeTable(main, at("b", "u"));
	await run(main, before);
	await createBranch(main.deps, CALLER, "default", { name: "dev" });
	await run(await atRef(main, "main"), ours);
	await run(await atRef(main, "dev"), theirs);
	return main;
}

/** What a ref shows; of tables, whatever the file, what it says that was drawn. */
async function meaningOf(catalog: TestCatalog, ref: string) {
	const branch = await atRef(catalog, ref);
	const contents = Object.entries(await contentsOf(catalog, ref));
	return Promise.all(
		contents.map(async ([name, entry]) => {
			if (!name.startsWith("object")) return [name, entry];
			const table = at(...name.slice("object ".length).split("."));
			const { k, l } = metadataOf(await loadAt(branch, table)).properties;
			return [name, { ...(entry as object), metadataLocation: [k, l] }];
		}),
	);
}

/** The strategy that makes it go through. */
async function mergedSomehow(catalog: TestCatalog): Promise<void> {
	const first = await merge(catalog, "dev");
	if (first.outcome !== "completed")
		await merged(catalog, "dev", { strategy: "TakeSource" });
}

for (const [name, openStore] of STORES) {
	const always = (check: (catalog: TestCatalog) => Promise<void>) =>
		checkProperty(
			fc.asyncProperty(
				fc.record({
					before: operations,
					ours: operations,
					theirs: operations,
				}),
				async (given) => check(await drawn(openStore, given)),
			),
			{ runs: runsOn(name, 25) },
		);

	describe(`a merge of drawn branches on ${name}`, () => {
		test("that is a fast-forward equals its source", () =>
			checkProperty(
				fc.asyncProperty(operations, operations, async (before, theirs) => {
					const given = { before, ours: [], theirs };
					const main = await drawn(openStore, given);
					await merged(main, "dev", { fastForward: "only" });
					assert.deepEqual(
						await contentsOf(main, "main"),
						await contentsOf(main, "dev"),
					);
				}),
				{ runs: runsOn(name, 25) },
			));

		test("changes nothing when it is made again", () =>
			always(async (main) => {
				await mergedSomehow(main);
				const once = await contentsOf(main, "main");
				const again = await merged(main, "dev");
				assert.equal(again.result_commit_id, null);
				assert.deepEqual(await contentsOf(main, "main"), once);
			}));

		test("and back makes both the same", () =>
			always(async (main) => {
				await mergedSomehow(main);
				await merged(main, "main", { target: "dev" });
				assert.deepEqual(
					await meaningOf(main, "dev"),
					await meaningOf(main, "main"),
				);
			}));

		test("shows what a rebase and a fast-forward show, but for files that were combined", () =>
			always(async (main) => {
				const strategy = "TakeSource" as const;
				const { deps } = main;
				await createBranch(deps, CALLER, "default", {
					name: "copy",
					from: "dev",
				});
				await createBranch(deps, CALLER, "default", {
					name: "target",
					from: "main",
				});
				await merged(main, "dev", { strategy });
				const rebased = await rebaseBranch(deps, CALLER, "default", {
					name: "copy",
					onto: "target",
					strategy,
				});
				assert.equal(rebased.outcome, "rebased");
				await merged(main, "copy", { target: "target", fastForward: "only" });
				const keys = async (ref: string) =>
					Object.keys(await contentsOf(main, ref));
				assert.deepEqual(await keys("target"), await keys("main"));
			}));
	});
}
