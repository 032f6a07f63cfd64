import {
	asArray,
	asLong,
	asObject,
	malformed,
	readInt,
	readString,
} from "./fields.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { TableRequirement, ViewRequirement } from "./types.ts";

/**
 * Absent counts as none.
 * @throws PangolinError `bad-request`, also for a requirement that is not known
 */
export function decodeTableRequirements(
	json: JsonValue | undefined,
): TableRequirement[] {
	return asArray(json ?? [], "requirements").map((item) =>
		decodeTableRequirement(asObject(item, "update requirement")),
	);
}

function decodeTableRequirement(object: JsonObject): TableRequirement {
	const type = readString(object, "type").toLowerCase();
	switch (type) {
		case "assert-create":
			return { type };
		case "assert-table-uuid":
			return { type, uuid: readString(object, "uuid") };
		case "assert-ref-snapshot-id":
			return {
				type,
				ref: readString(object, "ref"),
				"snapshot-id": readNullableSnapshotId(object),
			};
		case "assert-last-assigned-field-id":
			return {
				type,
				"last-assigned-field-id": readInt(object, "last-assigned-field-id"),
			};
		case "assert-current-schema-id":
			return {
				type,
				"current-schema-id": readInt(object, "current-schema-id"),
			};
		case "assert-last-assigned-partition-id":
			return {
				type,
				"last-assigned-partition-id": readInt(
					object,
					"last-assigned-partition-id",
				),
			};
		case "assert-default-spec-id":
			return { type, "default-spec-id": readInt(object, "default-spec-id") };
		case "assert-default-sort-order-id":
			return {
				type,
				"default-sort-order-id": readInt(object, "default-sort-order-id"),
			};
		default:
			throw malformed(`Unrecognized update requirement: ${type}`);
	}
}

/** Absent and null both say that the ref must not exist: clients send either. */
function readNullableSnapshotId(object: JsonObject): bigint | null {
	const value = object["snapshot-id"] ?? null;
	return value === null ? null : asLong(value, "snapshot-id");
}

/** @throws PangolinError `bad-request`, also for a requirement that is not known */
export function decodeViewRequirements(
	json: JsonValue | undefined,
): ViewRequirement[] {
	return asArray(json ?? [], "requirements").map((item) => {
		const object = asObject(item, "update requirement");
		const type = readString(object, "type").toLowerCase();
		if (type !== "assert-view-uuid")
			throw malformed(`Unrecognized update requirement: ${type}`);
		return { type, uuid: readString(object, "uuid") };
	});
}
