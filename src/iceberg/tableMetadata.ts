import { checkTableMetadata } from "./checkTable.ts";
import { arrayPieces, rememberSource } from "./elementTexts.ts";
import { asRecord } from "./fields.ts";
import { type ParsedDocument, parseDocument, stringifyJson } from "./json.ts";
import { normaliseTableMetadata } from "./normaliseTable.ts";
import { schemaText } from "./schemaText.ts";
import type { TableMetadata } from "./types.ts";

/** Arrays that grow with a table's history, and schemas, which may be wide. */
const MEMOISED = [
	"snapshots",
	"snapshot-log",
	"metadata-log",
	"statistics",
	"partition-statistics",
	"schemas",
] as const;

const MEMOISED_KEYS: ReadonlySet<string> = new Set(MEMOISED);

/**
 * Reads metadata of formats 1 to 3 and checks that it holds together. Unknown
 * members are kept, at every level.
 * @throws PangolinError `bad-request`, `validation-failed`
 */
export function parseTableMetadata(text: string): TableMetadata {
	return fromDocument(
		text,
		parseDocument(text, { watchedArrays: MEMOISED_KEYS }),
	);
}

/**
 * As `parseTableMetadata`, for a file that was written by this server or
 * checked before: the summaries of snapshots, which are most of a large file,
 * stay texts, which takes less time and much less memory.
 * @throws PangolinError `bad-request`, `validation-failed`
 */
export function readTableMetadata(text: string): TableMetadata {
	return fromDocument(
		text,
		parseDocument(text, { watchedArrays: MEMOISED_KEYS, opaque: SUMMARIES }),
	);
}

const SUMMARIES = { array: "snapshots", member: "summary" };

function fromDocument(text: string, document: ParsedDocument): TableMetadata {
	const metadata = asRecord(document.value, "metadata");
	normaliseTableMetadata(metadata);
	checkTableMetadata(metadata);
	for (const key of MEMOISED) {
		const offsets = document.elements.get(key);
		if (offsets !== undefined && (key !== "schemas" || haveIds(metadata)))
			rememberSource(metadata[key], text, offsets);
	}
	return metadata;
}

/** A schema of format 1 may lack the id that it has in memory. */
function haveIds(metadata: TableMetadata): boolean {
	return metadata["format-version"] > 1;
}

/** The JSON of a metadata file. */
export function serializeTableMetadata(metadata: TableMetadata): string {
	return tableMetadataPieces(metadata).join("");
}

/**
 * The JSON of a metadata file, in pieces for who encodes it: one text of all
 * would only be copied once more. What did not change since it was read or
 * serialised is not serialised again.
 */
export function tableMetadataPieces(metadata: TableMetadata): string[] {
	const pieces: string[] = [];
	for (const [key, value] of Object.entries(metadata)) {
		const member = memberPieces(metadata, key, value);
		if (member === undefined) continue;
		pieces.push(`${pieces.length === 0 ? "{" : ","}${JSON.stringify(key)}:`);
		pieces.push(...member);
	}
	if (metadata["format-version"] === 1)
		for (const twin of formatOneTwins(metadata)) pieces.push(`,${twin}`);
	pieces.push("}");
	return pieces;
}

/** undefined for a member that is not written. */
function memberPieces(
	metadata: TableMetadata,
	key: string,
	value: unknown,
): readonly string[] | undefined {
	switch (key) {
		case "snapshots":
		case "snapshot-log":
		case "metadata-log":
		case "statistics":
		case "partition-statistics":
			return arrayPieces<object>(metadata[key], stringifyJson);
		case "schemas":
			return arrayPieces(metadata.schemas, schemaText);
		case "current-snapshot-id":
			return value === null && metadata["format-version"] < 3
				? ["-1"]
				: [stringifyJson(value)];
		case "last-sequence-number":
			return metadata["format-version"] === 1
				? undefined
				: [stringifyJson(value)];
		default:
			return value === undefined ? undefined : [stringifyJson(value)];
	}
}

/** The current schema and the default spec, as readers of format 1 look for them. */
function formatOneTwins(metadata: TableMetadata): string[] {
	const schema = metadata.schemas.find(
		(candidate) => candidate["schema-id"] === metadata["current-schema-id"],
	);
	const spec = metadata["partition-specs"].find(
		(candidate) => candidate["spec-id"] === metadata["default-spec-id"],
	);
	return [
		`"schema":${schema === undefined ? "null" : schemaText(schema)}`,
		`"partition-spec":${stringifyJson(spec?.fields ?? [])}`,
	];
}
