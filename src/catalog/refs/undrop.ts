import { assert, PangolinError } from "../../model/errors.ts";
import { brandId, type CommitId } from "../../model/ids.ts";
import {
	checkName,
	checkNamespace,
	displayName,
	type Identifier,
	levelsOf,
	type NamespacePath,
	pathKey,
} from "../../model/names.ts";
import type { EntryKey } from "../../store/records.ts";
import type { MergeChange } from "../../versioning/mergeTypes.ts";
import type { CatalogDeps } from "../deps.ts";
import {
	findNamespace,
	namespaceKey,
	namespaceMissing,
	nounOf,
} from "../entries.ts";
import { readMetadata } from "../metadataFiles.ts";
import { TABLE, VIEW } from "../metadataKinds.ts";
import { requireWritable, type Scope } from "../scope.ts";
import { untilDecided } from "../submit.ts";
import { applyPlan } from "./applyPlan.ts";
import { type Dropped, droppedAfter } from "./dropped.ts";
import { requireRestorable } from "./kept.ts";
import { requireLine } from "./states.ts";
import type { UndropRequest } from "./undoRequests.ts";
import type { UndropResult } from "./undoResults.ts";
import { versionsOf } from "./writing.ts";

type Create = MergeChange<never> & { readonly op: "create" };

/**
 * Brings back what a branch dropped, as it was when it was dropped, in one
 * commit. Enclosing namespaces that were dropped too come back with it. The
 * location of a table or view is its own again.
 * @throws PangolinError `asset-not-found` (nothing like it was dropped within the
 *   retention, or it was purged), `already-exists` (name or location are
 *   taken), `location-busy`, `file-not-found`, `namespace-not-found`,
 *   `bad-request`, `forbidden`, `commit-state-unknown`
 */
export async function undrop(
	deps: CatalogDeps,
	scope: Scope,
	request: UndropRequest,
): Promise<UndropResult> {
	requireWritable(scope);
	const { catalog, ref } = scope.located;
	return untilDecided(deps, `branch ${ref.name}`, async () => {
		const { tenant } = catalog;
		const versions = await versionsOf(deps, tenant, catalog.name);
		const dropped = await findDropped(deps, scope, request);
		const line = await requireLine(deps, scope.located);
		const changes = await planUndrop(deps, scope, dropped, request);
		const restored = changes.at(-1);
		assert(restored !== undefined, "something is made");
		const id: CommitId = brandId(deps.newUuid());
		const result = resultOf(id, changes);
		const name = displayName(identifierOf(restored.key));
		const isApplied = await applyPlan(deps, scope, {
			plan: { changes, requires: [] },
			versions,
			at: { line: line.id, number: line.head },
			target: new Map(),
			id,
			mergedParents: [],
			message: `undrop ${restored.entry.kind} ${name}`,
			answer: { kind: "json", body: JSON.stringify(result) },
		});
		return isApplied ? result : undefined;
	});
}

/** The newest that fits. @throws PangolinError `asset-not-found`, `bad-request` */
async function findDropped(
	deps: CatalogDeps,
	scope: Scope,
	request: UndropRequest,
): Promise<Dropped> {
	const { id, name, namespace, kind } = request;
	if (id === undefined && name === undefined) {
		throw new PangolinError(
			"bad-request",
			"Say what is to come back: its id, or its namespace and name, as in the list of what was dropped",
		);
	}
	const parent = namespace === undefined ? undefined : pathKey(namespace);
	for await (const dropped of droppedAfter(deps, scope)) {
		const { key, entry } = dropped.row;
		const fits =
			(id === undefined || entry.id === id) &&
			(name === undefined ||
				(key.name === name && key.parent === (parent ?? ""))) &&
			(kind === undefined || entry.kind === kind);
		if (fits) return dropped;
	}
	const { catalog, ref } = scope.located;
	const what = name === undefined ? id : [...(namespace ?? []), name].join(".");
	throw new PangolinError(
		"asset-not-found",
		`Nothing that was dropped from ${catalog.name}@${ref.name} and can come back is called ${what}`,
	);
}

/** Outermost first; what was asked for is last. */
async function planUndrop(
	deps: CatalogDeps,
	scope: Scope,
	dropped: Dropped,
	request: UndropRequest,
): Promise<Create[]> {
	const { entry } = dropped.row;
	const key = targetOf(dropped, request);
	const taken = await deps.store.entries.get(scope.at, key);
	if (taken !== undefined) {
		throw new PangolinError(
			"already-exists",
			`${nounOf(taken)} already exists: ${displayName(identifierOf(key))}. Give another name with new_name or new_namespace`,
		);
	}
	const around = await missingNamespaces(
		deps,
		scope,
		dropped,
		levelsOf(key.parent),
	);
	if (entry.kind === "table" || entry.kind === "view") {
		const name = displayName(identifierOf(dropped.row.key));
		await requireRestorable(deps, scope, entry, name);
		if (entry.kind === "table") await readMetadata(deps, scope, TABLE, entry);
		else await readMetadata(deps, scope, VIEW, entry);
	}
	return [...around, { op: "create", key, entry }];
}

function targetOf(
	{ row: { key, entry } }: Dropped,
	{ newName = key.name, newNamespace }: UndropRequest,
): EntryKey {
	if (newName !== key.name) checkName(entry.kind, newName);
	const parent =
		newNamespace === undefined ? key.parent : pathKey(newNamespace);
	if (
		newNamespace !== undefined &&
		(newNamespace.length > 0 || key.space === "object")
	)
		checkNamespace(newNamespace);
	return { ...key, parent, name: newName };
}

/** As they were when the thing was dropped. @throws PangolinError `namespace-not-found` */
async function missingNamespaces(
	deps: CatalogDeps,
	scope: Scope,
	{ number }: Dropped,
	levels: NamespacePath,
): Promise<Create[]> {
	const missing: Create[] = [];
	const { tenant, line } = scope.at;
	const before = { tenant, line, number: number - 1 };
	for (let depth = levels.length; depth > 0; depth--) {
		const path = levels.slice(0, depth);
		if ((await findNamespace(deps, scope, path)) !== undefined) break;
		const key = namespaceKey(path);
		const row = await deps.store.entries.get(before, key);
		if (row === undefined) throw namespaceMissing(path);
		missing.unshift({ op: "create", key, entry: row.entry });
	}
	return missing;
}

function identifierOf({ parent, name }: EntryKey): Identifier {
	return { namespace: levelsOf(parent), name };
}

function resultOf(commit: CommitId, changes: readonly Create[]): UndropResult {
	const restored = changes.map(({ key, entry }) => ({
		id: entry.id,
		kind: entry.kind,
		...identifierOf(key),
	}));
	const asked = restored.at(-1);
	assert(asked !== undefined, "something is made");
	return {
		...asked,
		namespaces: restored
			.slice(0, -1)
			.map(({ namespace, name }) => [...namespace, name]),
		commit_id: commit,
	};
}
