import { assert } from "../model/errors.ts";
import type { Change, ChangeSet, EntryChange } from "./changes.ts";
import { spaceOf } from "./entryKeys.ts";

/**
 * What a store may rely on. A change set that breaks it is a bug of the caller,
 * not a refusal.
 * @throws Error on a broken promise
 */
export function assertWellFormed(changes: ChangeSet): void {
	for (const change of changes) {
		if (change.op === "update") assertSameKey(change);
		if (change.op === "claim") {
			assert(change.claim.location.endsWith("/"), "a claim ends with a slash");
		}
		if (change.op === "advance") change.entries.forEach(assertEntry);
	}
}

/** Keys stay; only a warehouse or a catalog may get another name. */
function assertSameKey(change: Extract<Change, { op: "update" }>): void {
	const { collection, key, value } = change;
	const same =
		collection === "tenant"
			? key.tenant === value.id
			: key.tenant === value.tenant;
	assert(same, "an update keeps the tenant");
	switch (collection) {
		case "ref":
			assert(
				key.name === value.name && key.catalog === value.catalog,
				"an update keeps the key of a ref",
			);
			return;
		case "line":
			assert(key.line === value.id, "an update keeps the id of a line");
			return;
		case "job":
			assert(key.job === value.id, "an update keeps the id of a job");
			return;
		case "idempotency":
			assert(key.key === value.key, "an update keeps the idempotency key");
			return;
		case "report":
			assert(key.report === value.id, "an update keeps the id of a report");
			assert(key.asset === value.asset, "an update keeps a report's asset");
			return;
		case "mergeOperation":
			assert(key.operation === value.id, "an update keeps the id of a merge");
			return;
		case "mergeConflict":
			assert(key.conflict === value.id, "an update keeps the id of a conflict");
			return;
		default:
			return;
	}
}

function assertEntry(change: EntryChange): void {
	if (change.op !== "create" && change.op !== "replace") return;
	assert(
		spaceOf(change.entry.kind) === change.key.space,
		"namespaces and objects have names of their own",
	);
}
