import { dropTable } from "../../src/catalog/dropTable.ts";
import { listDropped } from "../../src/catalog/refs/dropped.ts";
import type { DroppedItem } from "../../src/catalog/refs/undoResults.ts";
import { startJobs } from "../../src/jobs/runner.ts";
import { NO_AUTH_PRINCIPAL } from "../../src/model/principal.ts";
import type { EntryChange } from "../../src/store/changes.ts";
import type { Store } from "../../src/store/contract.ts";
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

/** Planted: a store that loses some changes of the commits whose message begins so. */
export function losing(
	openStore: (typeof STORES)[number][1],
	message: string,
	lost: EntryChange["op"],
): () => Promise<Store> {
	return async () => {
		const store = await openStore();
		return {
			...store,
			apply: (changes) =>
				store.apply(
					changes.map((change) =>
						change.op === "advance" && change.commit.message.startsWith(message)
							? {
									...change,
									entries: change.entries.filter(({ op }) => op !== lost),
								}
							: change,
					),
				),
		};
	};
}
