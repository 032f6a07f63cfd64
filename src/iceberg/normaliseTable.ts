import {
	decodePartitionFields,
	decodeSchema,
	decodeSortOrder,
} from "./decodeSchema.ts";
import {
	decodeEncryptedKey,
	normaliseSnapshot,
	normaliseSnapshotLogEntry,
	normaliseSnapshotRef,
	normaliseStatistics,
} from "./decodeSnapshot.ts";
import { uuidDerivedFrom } from "./derivedUuid.ts";
import {
	asArray,
	asObject,
	asRecord,
	asStringMap,
	invalid,
	isObject,
	type JsonRecord,
	malformed,
	normaliseLong,
	readInt,
	readMillis,
	readOptionalInt,
	readString,
} from "./fields.ts";
import type { JsonValue } from "./json.ts";
import {
	FIRST_PARTITION_FIELD_ID,
	highestPartitionFieldId,
} from "./partitionSpec.ts";
import { withoutTrailingSlash } from "./paths.ts";
import { UNSORTED } from "./sortOrder.ts";
import type { PartitionSpec, TableMetadata } from "./types.ts";

/** The newest format that is understood. */
export const MAX_FORMAT_VERSION = 3;

/**
 * Brings parsed metadata into the form of `TableMetadata`, in place.
 * @throws PangolinError `bad-request`, `validation-failed`
 */
export function normaliseTableMetadata(
	metadata: JsonRecord,
): asserts metadata is JsonRecord & TableMetadata {
	const version = readInt(metadata, "format-version");
	if (version < 1 || version > MAX_FORMAT_VERSION)
		throw invalid(`Cannot read unsupported version ${version}`);
	metadata.location = withoutTrailingSlash(readString(metadata, "location"));
	if (version === 1) completeFormatOne(metadata);
	readString(metadata, "table-uuid");
	normaliseLong(metadata, "last-sequence-number");
	readMillis(metadata, "last-updated-ms");
	readInt(metadata, "last-column-id");
	normaliseSchemas(metadata);
	normaliseSpecs(metadata);
	normaliseSortOrders(metadata);
	metadata.properties = asStringMap(metadata.properties ?? {}, "properties");
	normaliseSnapshots(metadata, version);
	normaliseHistory(metadata);
}

/** Adds what later formats require, from what format 1 has instead. */
function completeFormatOne(metadata: JsonRecord): void {
	metadata["last-sequence-number"] = 0n;
	metadata["table-uuid"] ??= uuidDerivedFrom(readString(metadata, "location"));
	if (metadata.schemas === undefined) {
		metadata.schemas = [asObject(metadata.schema, "schema")];
		metadata["current-schema-id"] =
			readOptionalInt(asObject(metadata.schema, "schema"), "schema-id") ?? 0;
	}
	if (metadata["partition-specs"] === undefined) {
		metadata["partition-specs"] = [
			{
				"spec-id": 0,
				fields: asArray(metadata["partition-spec"], "partition-spec"),
			},
		];
		metadata["default-spec-id"] = 0;
	}
	if (metadata["sort-orders"] === undefined) {
		metadata["sort-orders"] = [UNSORTED];
		metadata["default-sort-order-id"] = 0;
	}
}

function normaliseSchemas(metadata: JsonRecord): void {
	delete metadata.schema;
	metadata.schemas = asArray(metadata.schemas, "schemas").map(decodeSchema);
	readInt(metadata, "current-schema-id");
}

function normaliseSpecs(metadata: JsonRecord): void {
	delete metadata["partition-spec"];
	const specs = asArray(metadata["partition-specs"], "partition specs").map(
		decodeStoredSpec,
	);
	metadata["partition-specs"] = specs;
	readInt(metadata, "default-spec-id");
	if (metadata["format-version"] === 1)
		metadata["last-partition-id"] ??= specs.reduce(
			(highest, spec) => Math.max(highest, highestPartitionFieldId(spec)),
			FIRST_PARTITION_FIELD_ID - 1,
		);
	readInt(metadata, "last-partition-id");
}

/** Old specs have no field ids: they count up from 1000. */
function decodeStoredSpec(json: JsonValue): PartitionSpec {
	const object = asObject(json, "spec");
	const fields = decodePartitionFields(object.fields).map((field, i) => ({
		...field,
		"field-id": field["field-id"] ?? FIRST_PARTITION_FIELD_ID + i,
	}));
	return { ...object, "spec-id": readInt(object, "spec-id"), fields };
}

function normaliseSortOrders(metadata: JsonRecord): void {
	metadata["sort-orders"] = asArray(metadata["sort-orders"], "sort orders").map(
		decodeSortOrder,
	);
	readInt(metadata, "default-sort-order-id");
}

function normaliseSnapshots(metadata: JsonRecord, version: number): void {
	metadata.snapshots ??= [];
	for (const snapshot of asArray(metadata.snapshots, "snapshots"))
		normaliseSnapshot(asRecord(snapshot, "snapshot"));
	metadata["current-snapshot-id"] ??= null;
	if (metadata["current-snapshot-id"] !== null) {
		normaliseLong(metadata, "current-snapshot-id");
		if (metadata["current-snapshot-id"] === -1n)
			metadata["current-snapshot-id"] = null;
	}
	normaliseRefs(metadata);
	if (version >= 3) normaliseLong(metadata, "next-row-id");
	if (metadata["encryption-keys"] === null) delete metadata["encryption-keys"];
	if (metadata["encryption-keys"] !== undefined)
		metadata["encryption-keys"] = asArray(
			metadata["encryption-keys"],
			"encryption keys",
		).map(decodeEncryptedKey);
}

/** Old writers know no refs: the current snapshot is then that of `main`. */
function normaliseRefs(metadata: JsonRecord): void {
	const refs = asRecord(metadata.refs ?? {}, "refs");
	for (const [name, ref] of Object.entries(refs)) {
		if (!isObject(ref))
			throw malformed(`Cannot parse ref ${name} from non-object`);
		normaliseSnapshotRef(asRecord(ref, `ref ${name}`));
	}
	const current = metadata["current-snapshot-id"];
	metadata.refs =
		current === null || Object.hasOwn(refs, "main")
			? refs
			: { ...refs, main: { "snapshot-id": current, type: "branch" } };
}

function normaliseHistory(metadata: JsonRecord): void {
	for (const key of ["statistics", "partition-statistics"] as const) {
		metadata[key] ??= [];
		for (const file of asArray(metadata[key], key))
			normaliseStatistics(asRecord(file, "statistics file"));
	}
	metadata["snapshot-log"] ??= [];
	for (const entry of asArray(metadata["snapshot-log"], "snapshot-log"))
		normaliseSnapshotLogEntry(asRecord(entry, "snapshot-log entry"));
	metadata["metadata-log"] ??= [];
	for (const entry of asArray(metadata["metadata-log"], "metadata-log")) {
		const record = asRecord(entry, "metadata-log entry");
		readMillis(record, "timestamp-ms");
		readString(record, "metadata-file");
	}
}
