import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	openTestCatalog,
	runJobs,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import { merged } from "../../../test/support/merges.ts";
import { atRef, CALLER, STORES } from "../../../test/support/refs.ts";
import { kOf } from "../../../test/support/undo.ts";
import { createBranch, deleteBranch } from "./branches.ts";
import { listCommits } from "./log.ts";
import { revertCommit } from "./revert.ts";

const TABLE = at("a", "t");
const OTHER = at("a", "u");

async function branch(
	{ deps }: TestCatalog,
	name: string,
	from = "main",
): Promise<void> {
	await createBranch(deps, CALLER, "default", { name, from });
}

/** Its line goes too, if nothing needs it. */
async function remove(catalog: TestCatalog, name: string): Promise<void> {
	await deleteBranch(catalog.deps, CALLER, "default", name);
	await runJobs(catalog);
}

async function lineOf(catalog: TestCatalog, name: string) {
	const { scope } = await atRef(catalog, name);
	return scope.located.ref.line;
}

function isThere(
	{ store }: TestCatalog,
	line: Awaited<ReturnType<typeof lineOf>>,
): Promise<boolean> {
	const { tenant } = CALLER.principal;
	return store.refs.line(tenant, line).then((found) => found !== undefined);
}

/** `main` with two tables and the branches `dev`, which set k of one, and `fix`. */
async function changed(openStore: (typeof STORES)[number][1]) {
	const main = await openTestCatalog({ openStore });
	for (const table of [TABLE, OTHER]) await makeTable(main, table);
	for (const name of ["dev", "fix"]) await branch(main, name);
	await setProperty(await atRef(main, "dev"), TABLE, "k", "v");
	return main;
}

/** The same, and `dev` gone after `main` and `fix` merged it. @returns also its line, which both still need */
async function mergedByTwo(openStore: (typeof STORES)[number][1]) {
	const main = await changed(openStore);
	const line = await lineOf(main, "dev");
	for (const target of ["main", "fix"]) await merged(main, "dev", { target });
	await remove(main, "dev");
	assert.equal(await isThere(main, line), true);
	return { main, line };
}

/** What `main` undid is not there, what a branch brought afterwards is. */
async function assertUndone(main: TestCatalog, brought: string): Promise<void> {
	assert.equal(await kOf(main, TABLE), undefined);
	assert.equal(await kOf(main, OTHER), brought);
}

/** Undoes the last commit of `main`. */
async function undo({ deps, scope }: TestCatalog): Promise<void> {
	const { commits } = await listCommits(deps, CALLER.principal, "default");
	const commit = commits[0]?.id ?? "";
	const { outcome } = await revertCommit(deps, scope, { commit });
	assert.equal(outcome, "undone");
}

for (const [name, openStore] of STORES)
	describe(`what is known of a branch that is deleted, on ${name}`, () => {
		test("what two merged of it and one undid is not brought back", async () => {
			const { main } = await mergedByTwo(openStore);
			await undo(main);
			await setProperty(await atRef(main, "fix"), OTHER, "k", "w");
			await merged(main, "fix");
			await assertUndone(main, "w");
		});

		test("its line goes when only one of those who merged it is left", async () => {
			const { main, line } = await mergedByTwo(openStore);
			await remove(main, "fix");
			assert.equal(await isThere(main, line), false);
		});

		test("what it brought of its own origin and one undid is not brought back", async () => {
			const main = await changed(openStore);
			await branch(main, "short", "dev");
			const short = await atRef(main, "short");
			await setProperty(short, OTHER, "k", "w");
			const line = await lineOf(main, "short");
			await merged(main, "short");
			await remove(main, "short");
			assert.equal(await isThere(main, line), false);
			await undo(main);
			await setProperty(await atRef(main, "dev"), OTHER, "k", "x");
			await merged(main, "dev");
			await assertUndone(main, "x");
		});

		test("what it brought of a branch that it merged and one undid is not brought back", async () => {
			const main = await changed(openStore);
			const line = await lineOf(main, "fix");
			await merged(main, "dev", { target: "fix" });
			await merged(main, "fix");
			await remove(main, "fix");
			assert.equal(await isThere(main, line), false);
			await undo(main);
			await setProperty(await atRef(main, "dev"), OTHER, "k", "x");
			await merged(main, "dev");
			await assertUndone(main, "x");
		});
	});
