import { decodePartitionSpec, decodeSortOrder } from "../decodeSchema.ts";
import {
	decodeEncryptedKey,
	decodeSnapshot,
	decodeSnapshotRef,
	decodeStatistics,
} from "../decodeSnapshot.ts";
import {
	asArray,
	asInts,
	asLong,
	asObject,
	malformed,
	readInt,
	readLong,
	readString,
} from "../fields.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { LIMITS } from "../limits.ts";
import type { SnapshotRef, TableUpdate, TableUpdateOf } from "../types.ts";
import { decodeCommonUpdate } from "./decodeCommon.ts";
import { isRemoval } from "./removals.ts";

/**
 * The updates of a commit, with ids as `bigint`. Members that are not known
 * are ignored, but those within snapshots, schemas and the like are kept.
 * @throws PangolinError `bad-request`, also for an action that is not known
 */
export function decodeTableUpdates(json: JsonValue | undefined): TableUpdate[] {
	const updates = asArray(json ?? [], "updates").map(decodeTableUpdate);
	const others = updates.filter((update) => !isRemoval(update)).length;
	if (others > LIMITS.updates)
		throw malformed(
			`A commit has at most ${LIMITS.updates} updates besides removals of snapshots and statistics, this one has ${others}`,
		);
	return updates;
}

function decodeTableUpdate(item: JsonValue): TableUpdate {
	const object = asObject(item, "metadata update");
	const action = readString(object, "action").toLowerCase();
	const update =
		decodeCommonUpdate(action, object) ??
		decodeLayoutUpdate(action, object) ??
		decodeSnapshotUpdate(action, object) ??
		decodeFileUpdate(action, object);
	if (update === undefined)
		throw malformed(`Unrecognized metadata update action: ${action}`);
	return update;
}

function decodeLayoutUpdate(
	action: string,
	object: JsonObject,
): TableUpdate | undefined {
	switch (action) {
		case "set-current-schema":
			return { action, "schema-id": readInt(object, "schema-id") };
		case "remove-schemas":
			return {
				action,
				"schema-ids": asInts(object["schema-ids"], "schema-ids"),
			};
		case "add-spec":
			return { action, spec: decodePartitionSpec(object.spec) };
		case "set-default-spec":
			return { action, "spec-id": readInt(object, "spec-id") };
		case "remove-partition-specs":
			return { action, "spec-ids": asInts(object["spec-ids"], "spec-ids") };
		case "add-sort-order":
			return { action, "sort-order": decodeSortOrder(object["sort-order"]) };
		case "set-default-sort-order":
			return { action, "sort-order-id": readInt(object, "sort-order-id") };
		default:
			return undefined;
	}
}

function decodeSnapshotUpdate(
	action: string,
	object: JsonObject,
): TableUpdate | undefined {
	switch (action) {
		case "add-snapshot":
			return { action, snapshot: decodeSnapshot(object.snapshot) };
		case "set-snapshot-ref":
			return decodeSetSnapshotRef(action, object);
		case "remove-snapshots":
			return {
				action,
				"snapshot-ids": asArray(object["snapshot-ids"], "snapshot-ids").map(
					(id) => asLong(id, "snapshot-ids"),
				),
			};
		case "remove-snapshot-ref":
			return { action, "ref-name": readString(object, "ref-name") };
		default:
			return undefined;
	}
}

function decodeFileUpdate(
	action: string,
	object: JsonObject,
): TableUpdate | undefined {
	switch (action) {
		case "set-statistics":
			return { action, statistics: decodeStatistics(object.statistics) };
		case "set-partition-statistics":
			return {
				action,
				"partition-statistics": decodeStatistics(
					object["partition-statistics"],
				),
			};
		case "remove-statistics":
		case "remove-partition-statistics":
			return { action, "snapshot-id": readLong(object, "snapshot-id") };
		case "add-encryption-key":
			return {
				action,
				"encryption-key": decodeEncryptedKey(object["encryption-key"]),
			};
		case "remove-encryption-key":
			return { action, "key-id": readString(object, "key-id") };
		default:
			return undefined;
	}
}

/** The ref's members stand beside the action; only those that are known become its own. */
function decodeSetSnapshotRef(
	action: "set-snapshot-ref",
	object: JsonObject,
): TableUpdateOf<"set-snapshot-ref"> {
	const members = REF_MEMBERS.map((key) => [key, object[key]] as const);
	const ref: SnapshotRef = decodeSnapshotRef(
		Object.fromEntries(members.filter(([, value]) => value !== undefined)),
	);
	return { action, "ref-name": readString(object, "ref-name"), ...ref };
}

const REF_MEMBERS = [
	"snapshot-id",
	"type",
	"min-snapshots-to-keep",
	"max-snapshot-age-ms",
	"max-ref-age-ms",
] as const;
