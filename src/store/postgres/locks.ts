import { unreachable } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import type { Change, ChangeSet, RecordChange } from "../changes.ts";
import { foldersAbove } from "../folders.ts";
import { COLLECTIONS } from "../sql/collections.ts";
import type { SqlValue } from "../sql/values.ts";
import { recordKey } from "./encode.ts";

/** What a change set decides on, by name; `true` where it also changes it. */
export type Locks = ReadonlyMap<string, boolean>;

/** A set that names more than these takes whole tenants instead: the server has room for some thousands. */
const MOST = 200;
const STORE = "store";
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
 * - The store's lock: shared by everything, taken alone by what loads a whole store.
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
	const take = ([alone, ...name]: Lock) => {
		const text = JSON.stringify(name);
		locks.set(text, alone || locks.get(text) === true);
	};
	take([false, STORE]);
	for (const change of changes) {
		const tenant = tenantOf(change);
		tenants.add(tenant);
		take([movesMuch(change), TENANT, tenant]);
		for (const lock of locksOfChange(change)) take(lock);
	}
	if (locks.size <= MOST) return locks;
	const hasClaims = locks.has(CLAIMS_LOCK);
	locks.clear();
	take([false, STORE]);
	for (const tenant of tenants) take([true, TENANT, tenant]);
	if (hasClaims) take([true, FOLDERS]);
	return locks;
}

/** What a load takes before it looks at anything. @param tenant undefined: the whole store */
export function locksOfLoad(tenant: TenantId | undefined): Locks {
	const store = JSON.stringify([STORE]);
	if (tenant === undefined) return new Map([[store, true]]);
	return new Map([
		[store, false],
		[JSON.stringify([TENANT, tenant]), true],
	]);
}

/** What a load takes alone before it looks at claims, which are of all tenants. */
export const CLAIMS_LOCK = JSON.stringify([FOLDERS]);

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

/** Whether it is taken alone, and its name. */
type Lock = readonly [alone: boolean, ...name: SqlValue[]];

function* locksOfChange(change: Change): Generator<Lock, void> {
	switch (change.op) {
		case "insert":
		case "update":
		case "delete":
		case "check":
			yield* locksOfRecord(change);
			return;
		case "advance": {
			const { tenant, catalog, line, branch, commit } = change;
			yield [true, LINE, tenant, line];
			if (branch !== undefined) yield [false, REF, tenant, catalog, branch];
			if (commit.mergedParents.length > 0) yield [false, PINS, tenant];
			return;
		}
		case "requireHead":
			yield [false, LINE, change.tenant, change.line];
			return;
		case "claim": {
			const { tenant, asset, location } = change.claim;
			yield [true, CLAIMS, tenant, asset];
			yield [false, FOLDERS];
			for (const folder of foldersAbove(location))
				yield [false, FOLDER, folder];
			yield [true, FOLDER, location];
			return;
		}
		case "setClaims":
		case "releaseClaims":
			yield [true, CLAIMS, change.tenant, change.asset];
			return;
		case "forget":
			yield [true, PINS, change.tenant];
			yield [true, GARBAGE, change.tenant];
			yield [true, LINE, change.tenant, change.line];
			return;
		case "forgetLine":
			return;
		default:
			unreachable(change);
	}
}

function* locksOfRecord(change: RecordChange): Generator<Lock, void> {
	const { op, collection } = change;
	const tenant = tenantOf(change);
	const alone = op !== "check";
	if (collection === "garbage") {
		yield [alone, GARBAGE, tenant];
		return;
	}
	if (alone && (collection === "ref" || collection === "line"))
		yield [false, PINS, tenant];
	if (collection === "mergeConflict" && "value" in change)
		yield [false, OPERATION, tenant, change.value.operation];
	const { table, key } = recordKey(change);
	yield [alone, table, ...Object.values(key)];
}
