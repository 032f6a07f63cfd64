import type { JsonValue } from "../json.ts";
import type { TableUpdate } from "../types.ts";

export function decodeTableUpdates(
	_json: JsonValue | undefined,
): TableUpdate[] {
	throw new Error("to come");
}
