import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	makeView,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import { atRef, CALLER, codeIs, STORES } from "../../../test/support/refs.ts";
import { dropTable } from "../dropTable.ts";
import { updateNamespaceProperties } from "../namespaceProperties.ts";
import { renameTable } from "../renames.ts";
import { createBranch } from "./branches.ts";
import { type DifferenceResult, type DiffRequest, diffRefs } from "./diff.ts";
import { mergeBranches } from "./merge.ts";
import { createTag } from "./tags.ts";

function diff({ deps }: TestCatalog, request: DiffRequest) {
	return diffRefs(deps, CALLER.principal, "default", request);
}

function shown(differences: readonly DifferenceResult[]): string[] {
	return differences.map(({ change, kind, path, from_path: before }) =>
		[change, kind, before?.join("."), path.join(".")].filter(Boolean).join(" "),
	);
}

async function branched(openStore: (typeof STORES)[number][1]) {
	const catalog = await openTestCatalog({ openStore });
	for (const name of ["changed", "renamed", "dropped", "replaced", "untouched"])
		await makeTable(catalog, at("a", name));
	await createBranch(catalog.deps, CALLER, "default", { name: "dev" });
	return { catalog, deps: catalog.deps, dev: await atRef(catalog, "dev") };
}

const GONE = { purge: false };

async function everyChange({ deps, scope }: TestCatalog): Promise<void> {
	await setProperty({ deps, scope }, at("a", "changed"), "k", "v");
	await renameTable(deps, scope, {
		source: at("a", "renamed"),
		destination: at("a", "moved"),
	});
	for (const name of ["dropped", "replaced"])
		await dropTable(deps, scope, at("a", name), GONE);
	await makeView({ deps, scope }, at("a", "replaced"));
	await makeTable({ deps, scope }, at("b", "added"));
	await updateNamespaceProperties(deps, scope, ["a"], {
		updates: { owner: "me" },
	});
}

const EVERY_CHANGE = [
	"changed namespace a",
	"added namespace b",
	"changed table a.changed",
	"removed table a.dropped",
	"renamed table a.renamed a.moved",
	"removed table a.replaced",
	"added view a.replaced",
	"added table b.added",
];

for (const [name, openStore] of STORES)
	describe(`a diff on ${name}`, () => {
		test("says what became of every namespace, table and view", async () => {
			const { catalog, dev } = await branched(openStore);
			await everyChange(dev);
			const { from, to, differences } = await diff(catalog, { to: "dev" });
			assert.deepEqual(shown(differences), EVERY_CHANGE);
			assert.deepEqual([from.ref, to.ref], ["main", "dev"]);
			assert.notEqual(from.commit_id, to.commit_id);
			for (const ref of ["main", "dev"]) {
				const same = await diff(catalog, { from: ref, to: ref });
				assert.deepEqual(same.differences, []);
			}
			const back = await diff(catalog, { from: "dev" });
			assert.deepEqual(shown(back.differences), [
				"changed namespace a",
				"removed namespace b",
				"changed table a.changed",
				"added table a.dropped",
				"renamed table a.moved a.renamed",
				"removed view a.replaced",
				"added table a.replaced",
				"removed table b.added",
			]);
		});

		test("compares the states themselves, also where both sides went on", async () => {
			const { catalog, dev } = await branched(openStore);
			await setProperty(dev, at("a", "changed"), "k", "dev");
			await setProperty(catalog, at("a", "untouched"), "k", "main");
			const { differences } = await diff(catalog, { to: "dev" });
			assert.deepEqual(shown(differences), [
				"changed table a.changed",
				"changed table a.untouched",
			]);
		});

		test("leaves only what one side did when it is since they parted", async () => {
			const { catalog, deps, dev } = await branched(openStore);
			const forked = (await diff(catalog, {})).from.commit_id;
			await setProperty(dev, at("a", "changed"), "k", "dev");
			await setProperty(catalog, at("a", "untouched"), "k", "main");
			const since = { to: "dev", sinceMergeBase: true };
			const { from, differences } = await diff(catalog, since);
			assert.equal(from.commit_id, forked);
			assert.deepEqual(shown(differences), ["changed table a.changed"]);
			const sides = { catalog: "default", source: "dev", target: "main" };
			await mergeBranches(deps, CALLER, sides.catalog, sides);
			assert.deepEqual((await diff(catalog, since)).differences, []);
			await makeTable(dev, at("a", "later"));
			const later = await diff(catalog, since);
			assert.deepEqual(shown(later.differences), ["added table a.later"]);
		});

		test("is between tags, commits and times, too", async () => {
			const { catalog, deps } = await branched(openStore);
			await createTag(deps, CALLER, "default", { name: "before" });
			const before = await diff(catalog, { to: "before" });
			const commit = before.to.commit_id ?? "";
			catalog.moveClock(1000);
			const time = new Date(deps.clock()).toISOString();
			catalog.moveClock(1000);
			await setProperty(catalog, at("a", "changed"), "k", "v");
			for (const from of ["before", commit, time]) {
				const { differences } = await diff(catalog, { from });
				assert.deepEqual(shown(differences), ["changed table a.changed"], from);
			}
			await assert.rejects(
				diff(catalog, { from: "none" }),
				codeIs("ref-not-found"),
			);
			await assert.rejects(
				diffRefs(deps, CALLER.principal, "none", {}),
				codeIs("catalog-not-found"),
			);
		});

		test("does not report what a partial branch hides", async () => {
			const { catalog, deps } = await branched(openStore);
			await createBranch(deps, CALLER, "default", {
				name: "part",
				assets: ["a.changed"],
			});
			const part = await atRef(catalog, "part");
			await setProperty(part, at("a", "changed"), "k", "v");
			await setProperty(catalog, at("a", "untouched"), "k", "v");
			for (const sides of [{ to: "part" }, { from: "part" }]) {
				const { differences } = await diff(catalog, sides);
				assert.deepEqual(shown(differences), ["changed table a.changed"]);
			}
		});

		test("is given in pages, each difference once", async () => {
			const { catalog, dev } = await branched(openStore);
			await everyChange(dev);
			for (const details of [false, true]) {
				const found: string[] = [];
				let pageToken: string | null = "";
				while (pageToken !== null) {
					const page: Awaited<ReturnType<typeof diff>> = await diff(catalog, {
						to: "dev",
						details,
						pageToken,
						pageSize: 1,
					});
					found.push(...shown(page.differences));
					pageToken = page.next_page_token;
				}
				assert.deepEqual(found, EVERY_CHANGE);
			}
			const { next_page_token: token } = await diff(catalog, {
				to: "dev",
				pageSize: 1,
			});
			await assert.rejects(
				diff(catalog, { from: "dev", pageToken: token ?? "" }),
				codeIs("bad-request"),
				"the token of another list",
			);
		});

		test("tells the details of each kind when it is asked", async () => {
			const { catalog, dev } = await branched(openStore);
			await everyChange(dev);
			const { differences } = await diff(catalog, { to: "dev", details: true });
			const detailsOf = (text: string) =>
				differences[EVERY_CHANGE.indexOf(text)]?.details;
			assert.deepEqual(detailsOf("changed namespace a"), {
				properties: [{ name: "owner", from: null, to: "me" }],
			});
			assert.deepEqual(detailsOf("changed table a.changed")?.properties, [
				{ name: "k", from: null, to: "v" },
			]);
			const moved = detailsOf("renamed table a.renamed a.moved");
			assert.ok(moved !== undefined && "schema" in moved);
			assert.deepEqual([moved.schema, moved.properties], [null, []]);
			const added = detailsOf("added view a.replaced");
			assert.ok(added !== undefined && "representations" in added);
			assert.equal(added.representations[0]?.name, "spark");
			const plain = await diff(catalog, { to: "dev" });
			assert.ok(plain.differences.every((each) => !("details" in each)));
		});
	});
