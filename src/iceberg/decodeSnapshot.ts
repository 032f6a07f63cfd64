import {
	asLong,
	asObject,
	asStringMap,
	asStrings,
	copyOfObject,
	invalid,
	isInt,
	type JsonRecord,
	malformed,
	normaliseLong,
	normaliseOptionalInt,
	normaliseOptionalLong,
	normaliseOptionalString,
	outOfLong,
	readMillis,
	readString,
	shown,
} from "./fields.ts";
import type { JsonValue } from "./json.ts";
import type {
	EncryptedKey,
	PartitionStatisticsFile,
	Snapshot,
	SnapshotLogEntry,
	SnapshotRef,
	StatisticsFile,
} from "./types.ts";

/** A snapshot of a request. @throws PangolinError `bad-request` */
export function decodeSnapshot(json: JsonValue | undefined): Snapshot {
	const object = copyOfObject(json, "snapshot");
	normaliseSnapshot(object);
	if (object.summary !== undefined)
		asStringMap(object.summary, "snapshot summary");
	if (object["manifest-list"] === undefined)
		asStrings(object.manifests, "manifests");
	return object;
}

/**
 * Makes ids `bigint`, in place.
 * @throws PangolinError `bad-request`
 */
export function normaliseSnapshot(
	object: JsonRecord,
): asserts object is JsonRecord & Snapshot {
	// Named members, one by one, are several times faster than a table of keys.
	const id = object["snapshot-id"];
	if (typeof id !== "bigint" || outOfLong(id))
		object["snapshot-id"] = longOf(id, "snapshot-id");
	const parent = object["parent-snapshot-id"];
	if (parent !== undefined && (typeof parent !== "bigint" || outOfLong(parent)))
		normaliseOptionalLong(object, "parent-snapshot-id");
	const sequenceNumber = object["sequence-number"];
	if (typeof sequenceNumber === "number")
		object["sequence-number"] = longOf(sequenceNumber, "sequence-number");
	else if (sequenceNumber !== undefined)
		normaliseOptionalLong(object, "sequence-number");
	if (object["first-row-id"] !== undefined)
		normaliseOptionalLong(object, "first-row-id");
	if (object["added-rows"] !== undefined)
		normaliseOptionalLong(object, "added-rows");
	if (!isInt(object["schema-id"])) normaliseOptionalInt(object, "schema-id");
	if (typeof object["manifest-list"] !== "string")
		normaliseOptionalString(object, "manifest-list");
	normaliseOptionalString(object, "key-id");
	if (!Number.isSafeInteger(object["timestamp-ms"]))
		readMillis(object, "timestamp-ms");
	if (object.summary === null) delete object.summary;
	else if (object.summary !== undefined) asObject(object.summary, "summary");
}

function longOf(value: JsonValue | undefined, key: string): bigint {
	if (value === undefined) throw malformed(`Cannot parse missing long: ${key}`);
	return asLong(value, key);
}

/** In place. @throws PangolinError `bad-request` */
export function normaliseSnapshotLogEntry(
	object: JsonRecord,
): asserts object is JsonRecord & SnapshotLogEntry {
	const id = object["snapshot-id"];
	if (typeof id !== "bigint" || outOfLong(id))
		object["snapshot-id"] = longOf(id, "snapshot-id");
	readMillis(object, "timestamp-ms");
}

/** @throws PangolinError `bad-request`, `validation-failed` */
export function decodeSnapshotRef(json: JsonValue | undefined): SnapshotRef {
	const object = copyOfObject(json, "snapshot reference");
	normaliseSnapshotRef(object);
	return object;
}

/** In place. @throws PangolinError `bad-request`, `validation-failed` */
export function normaliseSnapshotRef(
	object: JsonRecord,
): asserts object is JsonRecord & SnapshotRef {
	normaliseLong(object, "snapshot-id");
	object.type = readString(object, "type").toLowerCase();
	if (object.type !== "branch" && object.type !== "tag")
		throw malformed(`Invalid snapshot ref type: ${shown(object.type)}`);
	normaliseOptionalInt(object, "min-snapshots-to-keep");
	normaliseOptionalLong(object, "max-snapshot-age-ms");
	normaliseOptionalLong(object, "max-ref-age-ms");
	checkRetention(object);
}

function checkRetention(ref: JsonRecord): void {
	const isTag = ref.type === "tag";
	for (const [key, name, what, forTags] of RETENTION) {
		const value = ref[key];
		if (value === undefined) continue;
		if (isTag && !forTags) throw invalid(`Tags do not support setting ${name}`);
		if (typeof value === "number" ? value <= 0 : Number(value) <= 0)
			throw invalid(`${what} must be greater than 0`);
	}
}

const RETENTION = [
	[
		"min-snapshots-to-keep",
		"minSnapshotsToKeep",
		"Min snapshots to keep",
		false,
	],
	["max-snapshot-age-ms", "maxSnapshotAgeMs", "Max snapshot age", false],
	["max-ref-age-ms", "maxRefAgeMs", "Max reference age", true],
] as const;

/** @throws PangolinError `bad-request` */
export function decodeStatistics(json: JsonValue | undefined): StatisticsFile {
	const object = copyOfObject(json, "statistics file");
	normaliseStatistics(object);
	return object;
}

/** In place. @throws PangolinError `bad-request` */
export function normaliseStatistics(
	object: JsonRecord,
): asserts object is JsonRecord & StatisticsFile & PartitionStatisticsFile {
	normaliseLong(object, "snapshot-id");
	readString(object, "statistics-path");
}

/** @throws PangolinError `bad-request` */
export function decodeEncryptedKey(json: JsonValue | undefined): EncryptedKey {
	const object = copyOfObject(json, "encryption key");
	checkEncryptedKey(object);
	return object;
}

function checkEncryptedKey(
	object: JsonRecord,
): asserts object is JsonRecord & EncryptedKey {
	readString(object, "key-id");
	readString(object, "encrypted-key-metadata");
	normaliseOptionalString(object, "encrypted-by-id");
	if (object.properties === null) delete object.properties;
	else if (object.properties !== undefined)
		asStringMap(object.properties, "properties of an encryption key");
}
