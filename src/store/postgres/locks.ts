import { unreachable } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import type { Change, ChangeSet, RecordChange } from "../changes.ts";
import { COLLECTIONS } from "../sql/collections.ts";
import { foldersAbove } from "../sql/folders.ts";
import type { SqlValue } from "../sql/values.ts";
import { recordKey } from "./encode.ts";

/** What a change set decides on, by name; `true` where it also changes it. */
export type Locks = ReadonlyMap<string, boolean>;

/** A set that names more than these takes whole tenants instead: the server has room for some thousands. */
const MOST = 200;
const TENANT = "tenant";
const PINS = "pins";
const GARBAGE = "garbage";
const CLAIMS = "claims";
const FOLDER = "folder";
/** Stands for all folders. */
const FOLDERS = "folders";
const LINE = COLLECTIONS.line.table;
const REF = COLLECTIONS.ref.table;
const OPERATION = COLLECTIONS.mergeOperation.table;

/**
 * The locks of a change set. Two sets of which one changes what the other
 * decides on have a lock in common that one of them takes alone:
 *
 * - A tenant's lock: shared by everything, taken alone by what changes tenants,
 *   warehouses and catalogs, and what moves or removes lines.
 * - `pins`: shared by what makes pins (tags, forks, merges), alone by `forget`.
 * - A line, a ref and any other record by its key; garbage by its tenant.
 * - The claims of an asset by the asset.
 * - A folder: a claim takes its own alone and shares all above it.
 */
export function locksOf(changes: ChangeSet): Locks {
	const locks = new Map<string, boolean>();
	const tenants = new Set<TenantId>();
	const take: Take = (alone, ...name) => {
		const text = JSON.stringify(name);
		locks.set(text, alone || locks.get(text) === true);
	};
	for (const change of changes) {
		const tenant = tenantOf(change);
		tenants.add(tenant);
		take(movesMuch(change), TENANT, tenant);
		lock(change, take);
	}
	if (locks.size <= MOST) return locks;
	const hasClaims = locks.has(JSON.stringify([FOLDERS]));
	locks.clear();
	for (const tenant of tenants) take(true, TENANT, tenant);
	if (hasClaims) take(true, FOLDERS);
	return locks;
}

/** Those of several sets. */
export function joinedLocks(sets: readonly Locks[]): Locks {
	const joined = new Map<string, boolean>();
	for (const [name, alone] of sets.flatMap((each) => [...each]))
		joined.set(name, alone || joined.get(name) === true);
	return joined;
}

function tenantOf(change: Change): TenantId {
	if (change.op === "claim") return change.claim.tenant;
	if ("tenant" in change) return change.tenant;
	if (change.op !== "insert") return change.key.tenant;
	return change.collection === "tenant" ? change.value.id : change.value.tenant;
}

function movesMuch(change: Change): boolean {
	if (change.op === "forgetLine") return true;
	if (!("collection" in change) || change.op === "check") return false;
	const { op, collection } = change;
	if (collection === "line") return op !== "insert";
	return ["tenant", "warehouse", "catalog"].includes(collection);
}

type Take = (alone: boolean, ...name: readonly SqlValue[]) => void;

function lock(change: Change, take: Take): void {
	switch (change.op) {
		case "insert":
		case "update":
		case "delete":
		case "check":
			return lockRecord(change, take);
		case "advance": {
			const { tenant, catalog, line, branch, commit } = change;
			take(true, LINE, tenant, line);
			if (branch !== undefined) take(false, REF, tenant, catalog, branch);
			if (commit.mergedParents.length > 0) take(false, PINS, tenant);
			return;
		}
		case "requireHead":
			return take(false, LINE, change.tenant, change.line);
		case "claim": {
			const { tenant, asset, location } = change.claim;
			take(true, CLAIMS, tenant, asset);
			take(false, FOLDERS);
			for (const folder of foldersAbove(location)) take(false, FOLDER, folder);
			return take(true, FOLDER, location);
		}
		case "setClaims":
		case "releaseClaims":
			return take(true, CLAIMS, change.tenant, change.asset);
		case "forget":
			take(true, PINS, change.tenant);
			take(true, GARBAGE, change.tenant);
			return take(true, LINE, change.tenant, change.line);
		case "forgetLine":
			return;
		default:
			return unreachable(change);
	}
}

function lockRecord(change: RecordChange, take: Take): void {
	const { op, collection } = change;
	const tenant = tenantOf(change);
	const alone = op !== "check";
	if (collection === "garbage") return take(alone, GARBAGE, tenant);
	if (alone && (collection === "ref" || collection === "line"))
		take(false, PINS, tenant);
	if (collection === "mergeConflict" && "value" in change)
		take(false, OPERATION, tenant, change.value.operation);
	const { table, key } = recordKey(change);
	take(alone, table, ...Object.values(key));
}
