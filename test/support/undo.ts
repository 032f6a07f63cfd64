import { dropTable } from "../../src/catalog/dropTable.ts";
import { listDropped } from "../../src/catalog/refs/dropped.ts";
import type { DroppedItem } from "../../src/catalog/refs/undoResults.ts";
import { startJobs } from "../../src/jobs/runner.ts";
import { NO_AUTH_PRINCIPAL } from "../../src/model/principal.ts";
import {
	at,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "./catalog.ts";
import { loadAt, type STORES } from "./refs.ts";

export const TABLE = at("a", "t");
export const WEEK = 7 * 24 * 60 * 60 * 1000;

export async function dropped({
	deps,
	scope,
}: TestCatalog): Promise<readonly DroppedItem[]> {
	return (await listDropped(deps, scope, {})).dropped;
}

export async function names(catalog: TestCatalog): Promise<string[]> {
	return (await dropped(catalog)).map(
		({ kind, namespace, name }) => `${kind} ${[...namespace, name].join(".")}`,
	);
}

export function drop(
	{ deps, scope }: TestCatalog,
	identifier = TABLE,
	purge = false,
): Promise<void> {
	return dropTable(deps, scope, identifier, { purge });
}

export async function kOf(
	catalog: TestCatalog,
	identifier = TABLE,
): Promise<unknown> {
	return metadataOf(await loadAt(catalog, identifier)).properties.k;
}

export async function runJobs({ deps, storage }: TestCatalog): Promise<void> {
	const jobs = startJobs({ ...deps, storageFor: () => storage });
	await jobs.idle();
	await jobs.stop();
}

export async function claimStates({ store }: TestCatalog, id: string) {
	const { tenant } = NO_AUTH_PRINCIPAL;
	const claims = await store.claims.claimsOf(tenant, id as never);
	return claims.map(({ state }) => state);
}

export async function withTable(openStore: (typeof STORES)[number][1]) {
	const catalog = await openTestCatalog({ openStore });
	await makeTable(catalog, TABLE);
	await setProperty(catalog, TABLE, "k", "v");
	return { catalog, deps: catalog.deps, scope: catalog.scope };
}
