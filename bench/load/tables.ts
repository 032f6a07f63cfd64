/** Request bodies as real clients send them, as text, so that 64-bit ids stay exact. */

/** A table of eight columns, partitioned by day. */
export function createTableBody(name: string): string {
	return JSON.stringify({
		name,
		schema: {
			type: "struct",
			"schema-id": 0,
			fields: ["id", "user_id", "kind", "amount", "note", "country", "device"]
				.map((field, index) => ({
					id: index + 1,
					name: field,
					required: index === 0,
					type: index < 2 ? "long" : index === 3 ? "double" : "string",
				}))
				.concat([{ id: 8, name: "at", required: false, type: "timestamptz" }]),
		},
		"partition-spec": {
			"spec-id": 0,
			fields: [
				{
					"field-id": 1000,
					"source-id": 8,
					name: "at_day",
					transform: "day",
				},
			],
		},
		properties: { owner: "bench", "write.parquet.compression-codec": "zstd" },
	});
}

/** Where a table stands, as the client that commits to it remembers it. */
export interface TableState {
	readonly uuid: string;
	readonly location: string;
	readonly snapshotId: bigint | undefined;
	readonly sequenceNumber: number;
}

export interface NextSnapshot {
	readonly id: bigint;
	readonly sequenceNumber: number;
}

/** 19-digit ids as Iceberg makes them; `counter` keeps them apart. */
export function snapshotIdOf(counter: number): bigint {
	return 3_051_729_675_574_597_004n + BigInt(counter) * 7_919n;
}

function snapshotText(
	state: TableState,
	next: NextSnapshot,
	parent: bigint | undefined,
): string {
	const parentText =
		parent === undefined ? "" : `"parent-snapshot-id":${parent},`;
	const summary = JSON.stringify({
		operation: "append",
		"spark.app.id": "local-1732400000000",
		"added-data-files": "4",
		"added-records": "40000",
		"added-files-size": "1288490",
		"changed-partition-count": "1",
		"total-records": String(40_000 * next.sequenceNumber),
		"total-files-size": String(1_288_490 * next.sequenceNumber),
		"total-data-files": String(4 * next.sequenceNumber),
		"total-delete-files": "0",
		"total-position-deletes": "0",
		"total-equality-deletes": "0",
	});
	return (
		`{"snapshot-id":${next.id},${parentText}"sequence-number":${next.sequenceNumber},` +
		`"timestamp-ms":${1_790_000_000_000 + next.sequenceNumber},` +
		`"manifest-list":"${state.location}/metadata/snap-${next.id}-1-d5a1b0b4.avro",` +
		`"summary":${summary},"schema-id":0}`
	);
}

/** An append as Java's and Python's clients commit it. */
export function appendBody(state: TableState, next: NextSnapshot): string {
	return appendManyBody(state, [next]);
}

/** Several appends in one commit: to make tables with a long history quickly. */
export function appendManyBody(
	state: TableState,
	nexts: readonly NextSnapshot[],
): string {
	let parent = state.snapshotId;
	const updates: string[] = [];
	for (const next of nexts) {
		updates.push(
			`{"action":"add-snapshot","snapshot":${snapshotText(state, next, parent)}}`,
		);
		parent = next.id;
	}
	updates.push(
		`{"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":${parent}}`,
	);
	return (
		`{"requirements":[{"type":"assert-table-uuid","uuid":"${state.uuid}"},` +
		`{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":${state.snapshotId ?? null}}],` +
		`"updates":[${updates.join(",")}]}`
	);
}

/** Asserts nothing. */
export function setPropertyBody(name: string, value: string): string {
	return JSON.stringify({
		requirements: [],
		updates: [{ action: "set-properties", updates: { [name]: value } }],
	});
}

/**
 * Reads the little that a commit needs out of a LoadTableResult without parsing
 * all of it: the generator must not cost more than the server.
 */
export function tableStateOf(text: string): TableState {
	const current = /"current-snapshot-id":\s*(-?\d+)/.exec(text)?.[1];
	return {
		uuid: required(/"table-uuid":\s*"([^"]+)"/.exec(text), text),
		location: required(/"location":\s*"([^"]+)"/.exec(text), text),
		snapshotId:
			current === undefined || current === "-1" ? undefined : BigInt(current),
		sequenceNumber: Number(
			/"last-sequence-number":\s*(\d+)/.exec(text)?.[1] ?? 0,
		),
	};
}

function required(match: RegExpExecArray | null, text: string): string {
	const value = match?.[1];
	if (value === undefined) {
		throw new Error(`not a LoadTableResult: ${text.slice(0, 300)}`);
	}
	return value;
}
