import type { JsonValue } from "./json.ts";
import type { TableRequirement, ViewRequirement } from "./types.ts";

export function decodeTableRequirements(
	_json: JsonValue | undefined,
): TableRequirement[] {
	throw new Error("to come");
}

export function decodeViewRequirements(
	_json: JsonValue | undefined,
): ViewRequirement[] {
	throw new Error("to come");
}
