import assert from "node:assert/strict";
import { createBranch } from "../../src/catalog/refs/branches.ts";
import { completeMerge } from "../../src/catalog/refs/completeMerge.ts";
import { mergeBranches } from "../../src/catalog/refs/merge.ts";
import type { MergeRequest } from "../../src/catalog/refs/mergeRequests.ts";
import type {
	ConflictResult,
	MergeResult,
} from "../../src/catalog/refs/mergeResults.ts";
import { getMerge } from "../../src/catalog/refs/resolveMerge.ts";
import { requireState } from "../../src/catalog/refs/states.ts";
import { displayKey } from "../../src/versioning/entries.ts";
import { at, makeTable, openTestCatalog, type TestCatalog } from "./catalog.ts";
import { atRef, CALLER, type STORES } from "./refs.ts";

export const ONE = at("a", "one");
export const TWO = at("a", "two");

/** The two tables on `main`, and a branch `dev` of it. */
export async function forked(openStore: (typeof STORES)[number][1]): Promise<{
	readonly main: TestCatalog;
	readonly dev: TestCatalog;
}> {
	const main = await openTestCatalog({ openStore });
	await makeTable(main, ONE);
	await makeTable(main, TWO);
	await createBranch(main.deps, CALLER, "default", { name: "dev" });
	return { main, dev: await atRef(main, "dev") };
}

type Options = Partial<Omit<MergeRequest, "source">>;

export function merge(
	{ deps }: Pick<TestCatalog, "deps">,
	source: string,
	options: Options = {},
) {
	const request = { source, target: "main", ...options };
	return mergeBranches(deps, CALLER, "default", request);
}

/** A merge that must not meet conflicts. */
export async function merged(
	catalog: Pick<TestCatalog, "deps">,
	source: string,
	options: Options = {},
): Promise<MergeResult> {
	const result = await merge(catalog, source, options);
	assert(result.outcome === "completed", JSON.stringify(result));
	return result.operation;
}

/** A merge that must meet conflicts: its operation's id, and what it has to be decided. */
export async function conflicted(
	catalog: Pick<TestCatalog, "deps">,
	source: string,
	options: Options = {},
): Promise<{ id: string; conflicts: readonly ConflictResult[] }> {
	const result = await merge(catalog, source, options);
	assert(result.outcome === "conflicted", JSON.stringify(result));
	const id = result.conflicted.operation_id;
	assert(id !== null);
	const { conflicts } = await getMerge(catalog.deps, CALLER.principal, id);
	assert.equal(conflicts.length, result.conflicted.conflicts);
	return { id, conflicts };
}

export function complete({ deps }: Pick<TestCatalog, "deps">, id: string) {
	return completeMerge(deps, CALLER, id);
}

/** What a ref shows, by name: what makes two catalogs the same. */
export async function contentsOf(
	{ deps, store }: Pick<TestCatalog, "deps" | "store">,
	ref: string,
): Promise<Record<string, unknown>> {
	const { tenant } = CALLER.principal;
	const state = await requireState(deps, tenant, "default", ref);
	const rows = await store.entries.all({ tenant, ...state }, { limit: 1000 });
	return Object.fromEntries(
		// A namespace is what its name says, whatever its id.
		rows.map(({ key, entry }) => [
			`${key.space} ${displayKey(key)}`,
			entry.kind === "namespace" ? { ...entry, id: null } : entry,
		]),
	);
}

export async function headOf(
	{ deps }: Pick<TestCatalog, "deps">,
	ref: string,
): Promise<number> {
	const { tenant } = CALLER.principal;
	return (await requireState(deps, tenant, "default", ref)).number;
}
