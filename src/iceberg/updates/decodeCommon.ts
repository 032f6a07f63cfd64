import { decodeSchema } from "../decodeSchema.ts";
import { asStringMap, asStrings, readInt, readString } from "../fields.ts";
import type { JsonObject } from "../json.ts";
import type { CommonUpdate } from "../types.ts";

/** undefined for an action that tables and views do not share. */
export function decodeCommonUpdate(
	action: string,
	object: JsonObject,
): CommonUpdate | undefined {
	switch (action) {
		case "assign-uuid":
			return { action, uuid: readString(object, "uuid") };
		case "upgrade-format-version":
			return { action, "format-version": readInt(object, "format-version") };
		case "add-schema":
			return { action, schema: decodeSchema(object.schema) };
		case "set-location":
			return { action, location: readString(object, "location") };
		case "set-properties":
			// Old clients send `updated` and `removed`.
			return {
				action,
				updates: asStringMap(object.updates ?? object.updated, "updates"),
			};
		case "remove-properties":
			return {
				action,
				removals: asStrings(object.removals ?? object.removed, "removals"),
			};
		default:
			return undefined;
	}
}
