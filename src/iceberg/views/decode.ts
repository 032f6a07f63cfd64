import type { JsonValue } from "../json.ts";
import type { ViewUpdate, ViewVersion } from "../types.ts";

export function decodeViewUpdates(_json: JsonValue | undefined): ViewUpdate[] {
	throw new Error("to come");
}

export function decodeViewVersion(_json: JsonValue | undefined): ViewVersion {
	throw new Error("to come");
}
