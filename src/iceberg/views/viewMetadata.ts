import { decodeSchema } from "../decodeSchema.ts";
import { arrayText } from "../elementTexts.ts";
import {
	asArray,
	asRecord,
	asStringMap,
	invalid,
	type JsonRecord,
	readInt,
	readMillis,
	readString,
} from "../fields.ts";
import { parseJson, stringifyJson } from "../json.ts";
import { withoutTrailingSlash } from "../paths.ts";
import { schemaText } from "../schemaText.ts";
import type { ViewMetadata } from "../types.ts";
import { decodeViewVersion } from "./decode.ts";

/**
 * Reads view metadata (format 1) and checks that it holds together. Unknown
 * members are kept.
 * @throws PangolinError `bad-request`, `validation-failed`
 */
export function parseViewMetadata(text: string): ViewMetadata {
	const metadata = asRecord(parseJson(text), "view metadata");
	normaliseViewMetadata(metadata);
	checkViewMetadata(metadata);
	return metadata;
}

function normaliseViewMetadata(
	metadata: JsonRecord,
): asserts metadata is JsonRecord & ViewMetadata {
	readString(metadata, "view-uuid");
	const version = readInt(metadata, "format-version");
	if (version !== 1) throw invalid(`Unsupported format version: ${version}`);
	metadata.location = withoutTrailingSlash(readString(metadata, "location"));
	metadata.schemas = asArray(metadata.schemas, "schemas").map(decodeSchema);
	readInt(metadata, "current-version-id");
	metadata.versions = asArray(metadata.versions, "versions").map(
		decodeViewVersion,
	);
	for (const item of asArray(metadata["version-log"], "version-log")) {
		const entry = asRecord(item, "version-log entry");
		readInt(entry, "version-id");
		readMillis(entry, "timestamp-ms");
	}
	metadata.properties = asStringMap(metadata.properties ?? {}, "properties");
}

/** @throws PangolinError `validation-failed` */
export function checkViewMetadata(metadata: ViewMetadata): void {
	const current = metadata["current-version-id"];
	const version = metadata.versions.find(
		(known) => known["version-id"] === current,
	);
	if (version === undefined)
		throw invalid(`Cannot find current version ${current} in view versions`);
	const schemaId = version["schema-id"];
	if (!metadata.schemas.some((schema) => schema["schema-id"] === schemaId))
		throw invalid(`Cannot find current schema with id ${schemaId} in schemas`);
	if (metadata.location === "") throw invalid("Invalid view location: empty");
}

/** The JSON of a view's metadata file. */
export function serializeViewMetadata(metadata: ViewMetadata): string {
	const members = Object.entries(metadata)
		.filter(([, value]) => value !== undefined)
		.map(([key, value]) => {
			const text =
				key === "schemas"
					? arrayText(metadata.schemas, schemaText)
					: stringifyJson(value);
			return `${JSON.stringify(key)}:${text}`;
		});
	return `{${members.join(",")}}`;
}
