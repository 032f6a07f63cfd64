/** Metadata for the unit tests of this folder; small, and typical of each format. */
import { parseTableMetadata } from "../../src/iceberg/tableMetadata.ts";
import type {
	Snapshot,
	TableMetadata,
	TableUpdate,
} from "../../src/iceberg/types.ts";
import { applyTableUpdates } from "../../src/iceberg/updates/apply.ts";
import type { ChangeContext } from "../../src/iceberg/updates/context.ts";

export const TABLE_UUID = "11111111-2222-4333-8444-555555555555";
export const START_MS = 1_700_000_000_000;

/** A commit that long after the last one of the fixtures. */
export function contextAt(secondsLater: number): ChangeContext {
	return {
		nowMillis: START_MS + secondsLater * 1000,
		newUuid: () => "99999999-2222-4333-8444-555555555555",
	};
}

export const FORMAT_1_TEXT = `{
  "format-version": 1,
  "table-uuid": "${TABLE_UUID}",
  "location": "file:///w/t/",
  "last-updated-ms": ${START_MS},
  "last-column-id": 2,
  "schema": {"type":"struct","fields":[
    {"id":1,"name":"id","required":true,"type":"long"},
    {"id":2,"name":"at","required":false,"type":"timestamptz"}]},
  "partition-spec": [{"name":"day","transform":"day","source-id":2}],
  "properties": {"owner":"a"},
  "current-snapshot-id": 3051729675574597004,
  "snapshots": [
    {"snapshot-id":3051729675574597004,"timestamp-ms":${START_MS},"manifests":["file:///w/t/m.avro"]}
  ],
  "unknown-key": {"big": 92233720368547758079}
}`;

export function formatTwoText(extra = ""): string {
	return `{"format-version":2,"table-uuid":"${TABLE_UUID}","location":"file:///w/t","last-sequence-number":1,"last-updated-ms":${START_MS},"last-column-id":3,"current-schema-id":0,"schemas":[{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"id","required":true,"type":"long","note":12345678901234567},{"id":2,"name":"at","required":false,"type":"timestamptz"},{"id":3,"name":"name","required":false,"type":"string"}]}],"default-spec-id":0,"partition-specs":[{"spec-id":0,"fields":[{"source-id":2,"field-id":1000,"name":"at_day","transform":"day"}]}],"last-partition-id":1000,"default-sort-order-id":0,"sort-orders":[{"order-id":0,"fields":[]}],"properties":{"owner":"a"},"current-snapshot-id":3051729675574597004,"refs":{"main":{"snapshot-id":3051729675574597004,"type":"branch"}},"snapshots":[{"snapshot-id":3051729675574597004,"sequence-number":1,"timestamp-ms":${START_MS},"summary":{"operation":"append"},"manifest-list":"file:///w/t/metadata/snap-3051729675574597004.avro","schema-id":0,"x":[9223372036854775808]}],"statistics":[],"partition-statistics":[],"snapshot-log":[{"timestamp-ms":${START_MS},"snapshot-id":3051729675574597004}],"metadata-log":[]${extra}}`;
}

export const FIRST_SNAPSHOT_ID = 3051729675574597004n;

export function formatTwo(): TableMetadata {
	return parseTableMetadata(formatTwoText());
}

/** The same table after an upgrade. */
export function formatThree(): TableMetadata {
	return applied(formatTwo(), {
		action: "upgrade-format-version",
		"format-version": 3,
	});
}

/** The updates applied one second after the start. */
export function applied(
	base: TableMetadata,
	...updates: TableUpdate[]
): TableMetadata {
	return applyTableUpdates(base, updates, contextAt(1));
}

export function snapshot(
	id: bigint,
	members: Partial<Snapshot> = {},
): Snapshot {
	return {
		"snapshot-id": id,
		"parent-snapshot-id": FIRST_SNAPSHOT_ID,
		"sequence-number": 2n,
		"timestamp-ms": START_MS + 500,
		summary: { operation: "append" },
		"manifest-list": `file:///w/t/metadata/snap-${id}.avro`,
		"schema-id": 0,
		...members,
	};
}

/** An appended snapshot that becomes the current one. */
export function append(
	id: bigint,
	members: Partial<Snapshot> = {},
): TableUpdate[] {
	return [
		{ action: "add-snapshot", snapshot: snapshot(id, members) },
		{
			action: "set-snapshot-ref",
			"ref-name": "main",
			"snapshot-id": id,
			type: "branch",
		},
	];
}
