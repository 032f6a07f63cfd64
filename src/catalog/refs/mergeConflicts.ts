import { uuidDerivedFrom } from "../../iceberg/derivedUuid.ts";
import { parseJson, stringifyJson } from "../../iceberg/json.ts";
import { assert } from "../../model/errors.ts";
import type { MergeOperationId } from "../../model/ids.ts";
import type { AddedSnapshot } from "../../model/mergeConflict.ts";
import { levelsOf } from "../../model/names.ts";
import { displayKey, type Item } from "../../versioning/entries.ts";
import type {
	ConflictDetail,
	MergeChange,
	MergeConflict,
} from "../../versioning/mergeTypes.ts";
import type {
	ConflictAsset,
	ConflictResult,
	PlannedChange,
} from "./mergeResults.ts";

/**
 * The id by which callers name a conflict: another one as soon as anything of
 * it has changed, so that nothing is decided by what was seen before.
 * @param operation null: of a merge that is not kept
 */
export function conflictUuid(
	operation: MergeOperationId | null,
	{ id, detail, source, target }: MergeConflict,
): string {
	const seen = [id, detail.type, source.map(itemText), target.map(itemText)];
	return uuidDerivedFrom(JSON.stringify([operation, seen]));
}

function itemText({ key, entry }: Item): string {
	return JSON.stringify([displayKey(key), key, entry]);
}

/** A conflict on which nothing was decided, for callers. */
export function conflictResult(
	operation: MergeOperationId | null,
	conflict: MergeConflict,
	createdAt: string,
): ConflictResult {
	const { detail, source, target } = conflict;
	const [first] = [...target, ...source];
	assert(first !== undefined, "a conflict is about something");
	const name = displayKey(first.key);
	return {
		id: conflictUuid(operation, conflict),
		merge_operation_id: operation,
		conflict_type: detail.type,
		asset_id: first.entry.id,
		asset_name: name,
		description: describe(name, detail),
		details: {
			asset_name: name,
			...membersOf(detail),
			source: source.map(assetOf),
			target: target.map(assetOf),
		},
		resolution: null,
		created_at: createdAt,
	};
}

export function assetOf({ key, entry }: Item): ConflictAsset {
	const path = [...levelsOf(key.parent), key.name];
	return { asset_id: entry.id, kind: entry.kind, path };
}

export function plannedChange(change: MergeChange<unknown>): PlannedChange {
	const combined = change.op !== "drop" && change.content !== undefined;
	return { op: change.op, ...assetOf(change), combined };
}

function membersOf(detail: ConflictDetail): Record<string, unknown> {
	switch (detail.type) {
		case "SchemaChange":
			return {
				source_schema: plainJson(detail.sourceSchema),
				target_schema: plainJson(detail.targetSchema),
			};
		case "DataOverlap":
			return {
				overlapping_partitions: [],
				source_snapshots: detail.source.map(snapshotOf),
				target_snapshots: detail.target.map(snapshotOf),
			};
		case "MetadataConflict":
			return { conflicting_properties: detail.conflictingProperties };
		case "DeletionConflict":
			return { deleted_in: detail.deletedIn, modified_in: detail.modifiedIn };
		case "NamespaceConflict":
			return { reason: detail.reason };
	}
}

/** Ids of snapshots as text: most JSON readers round them as numbers. */
function snapshotOf({ snapshotId, summary }: AddedSnapshot): object {
	return { snapshot_id: String(snapshotId), summary };
}

/** For answers that every JSON reader reads right: long integers become text. */
function plainJson(value: unknown): unknown {
	return JSON.parse(
		JSON.stringify(parseJson(stringifyJson(value)), (_, member: unknown) =>
			typeof member === "bigint" ? String(member) : member,
		),
	);
}

function describe(name: string, detail: ConflictDetail): string {
	switch (detail.type) {
		case "SchemaChange":
			return `${name}: both sides changed the schema`;
		case "DataOverlap":
			return `${name}: both sides wrote data`;
		case "MetadataConflict":
			return detail.conflictingProperties.length === 0
				? `${name}: both sides changed it`
				: `${name}: both sides changed ${detail.conflictingProperties.join(", ")}`;
		case "DeletionConflict":
			return `${name}: the ${detail.modifiedIn} changed it, the ${detail.deletedIn} dropped it`;
		case "NamespaceConflict":
			return {
				"one-name-twice": `${name}: two assets have this name`,
				"renamed-twice": `${name}: both sides renamed it`,
				"namespace-dropped": `${name}: one side dropped a namespace in which the other has something`,
			}[detail.reason];
	}
}
