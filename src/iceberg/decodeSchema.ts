import type { JsonValue } from "./json.ts";
import type { Schema, SortOrder, UnboundPartitionSpec } from "./types.ts";

/** A schema of a request; without `schema-id` it gets 0. */
export function decodeSchema(_json: JsonValue | undefined): Schema {
	throw new Error("to come");
}

export function decodePartitionSpec(
	_json: JsonValue | undefined,
): UnboundPartitionSpec {
	throw new Error("to come");
}

export function decodeSortOrder(_json: JsonValue | undefined): SortOrder {
	throw new Error("to come");
}
