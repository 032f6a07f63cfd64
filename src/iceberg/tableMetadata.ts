import { checkLayout, checkTableMetadata } from "./checkTable.ts";
import {
	arrayPieces,
	inFile,
	type Piece,
	rememberSource,
} from "./elementTexts.ts";
import { asRecord } from "./fields.ts";
import { logEntryInFile, lyingIn, snapshotInFile } from "./inFile.ts";
import { parseDocument, stringifyJson } from "./json.ts";
import { normaliseTableMetadata } from "./normaliseTable.ts";
import { schemaText } from "./schemaText.ts";
import { type Skim, skimObject } from "./skim.ts";
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

/** Most of a large file, and only ever looked at in part. */
const HISTORY_KEYS: ReadonlySet<string> = new Set([
	"snapshots",
	"snapshot-log",
]);

/**
 * Reads metadata of formats 1 to 3 and checks that it holds together. Unknown
 * members are kept, at every level.
 * @throws PangolinError `bad-request`, `validation-failed`
 */
export function parseTableMetadata(text: string): TableMetadata {
	const metadata = fromText(text);
	checkTableMetadata(metadata);
	return metadata;
}

/**
 * As `parseTableMetadata`, for a file that was written by this server or
 * checked before: snapshots and their log, which are most of a large file, stay
 * the bytes that they are, unchecked until somebody asks for one of them.
 * @param bytes UTF-8; shared with what is read, never written to
 * @throws PangolinError `bad-request`, `validation-failed`
 */
export function readTableMetadata(bytes: Buffer): TableMetadata {
	const skim = skimObject(bytes, HISTORY_KEYS);
	if (skim === undefined) return parseTableMetadata(bytes.toString("utf8"));
	const metadata = { ...fromText(skim.rest), ...historyIn(bytes, skim) };
	checkLayout(metadata);
	return metadata;
}

function fromText(text: string): TableMetadata {
	const document = parseDocument(text, { watchedArrays: MEMOISED_KEYS });
	const metadata = asRecord(document.value, "metadata");
	normaliseTableMetadata(metadata);
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

function historyIn(bytes: Buffer, { arrays }: Skim): Partial<TableMetadata> {
	const snapshots = arrays.get("snapshots");
	const log = arrays.get("snapshot-log");
	return {
		...(snapshots && { snapshots: lyingIn(bytes, snapshots, snapshotInFile) }),
		...(log && { "snapshot-log": lyingIn(bytes, log, logEntryInFile) }),
	};
}

/**
 * The same metadata in the form that takes the least memory, for who keeps it
 * for long. What it shares with versions before it stays shared.
 */
export function keptMetadata(metadata: TableMetadata): TableMetadata {
	const snapshots = inFile(metadata.snapshots, snapshotInFile);
	const log = inFile(metadata["snapshot-log"], logEntryInFile);
	return snapshots === metadata.snapshots && log === metadata["snapshot-log"]
		? metadata
		: { ...metadata, snapshots, "snapshot-log": log };
}

/** The JSON of a metadata file. */
export function serializeTableMetadata(metadata: TableMetadata): string {
	return tableMetadataPieces(metadata).map(String).join("");
}

/**
 * The JSON of a metadata file, in pieces for who encodes it: one text of all
 * would only be copied once more. What did not change since it was read or
 * serialised is not serialised again.
 */
export function tableMetadataPieces(metadata: TableMetadata): Piece[] {
	const pieces: Piece[] = [];
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
): readonly Piece[] | undefined {
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
