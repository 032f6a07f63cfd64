import {
	asArray,
	asObject,
	asStringMap,
	asStrings,
	copyOfObject,
	type JsonRecord,
	malformed,
	normaliseOptionalString,
	readInt,
	readMillis,
	readString,
} from "../fields.ts";
import type { JsonValue } from "../json.ts";
import type { ViewUpdate, ViewVersion } from "../types.ts";
import { decodeCommonUpdate } from "../updates/decodeCommon.ts";

/**
 * The updates of a commit to a view.
 * @throws PangolinError `bad-request`, also for an action that is not known
 */
export function decodeViewUpdates(json: JsonValue | undefined): ViewUpdate[] {
	return asArray(json ?? [], "updates").map((item): ViewUpdate => {
		const object = asObject(item, "metadata update");
		const action = readString(object, "action").toLowerCase();
		switch (action) {
			case "add-view-version":
				return {
					action,
					"view-version": decodeViewVersion(object["view-version"]),
				};
			case "set-current-view-version":
				return {
					action,
					"view-version-id": readInt(object, "view-version-id"),
				};
			default: {
				const common = decodeCommonUpdate(action, object);
				if (common !== undefined) return common;
				throw malformed(`Unrecognized metadata update action: ${action}`);
			}
		}
	});
}

/** @throws PangolinError `bad-request` */
export function decodeViewVersion(json: JsonValue | undefined): ViewVersion {
	const object = copyOfObject(json, "view version");
	checkViewVersion(object);
	return object;
}

function checkViewVersion(
	object: JsonRecord,
): asserts object is JsonRecord & ViewVersion {
	readInt(object, "version-id");
	readInt(object, "schema-id");
	readMillis(object, "timestamp-ms");
	object.summary = asStringMap(object.summary ?? {}, "summary");
	normaliseOptionalString(object, "default-catalog");
	asStrings(object["default-namespace"], "default-namespace");
	for (const item of asArray(object.representations, "representations")) {
		const representation = asObject(item, "view representation");
		if (readString(representation, "type") !== "sql") continue;
		readString(representation, "sql");
		readString(representation, "dialect");
	}
}
