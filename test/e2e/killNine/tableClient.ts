/** A plain HTTP client for what the commit-history checker does with a table. */

/** What a client knows of a table, from its last answer. */
export interface TableState {
	readonly metadataLocation: string;
	readonly predecessor: string | undefined;
	readonly tableLocation: string;
	readonly uuid: string;
	readonly snapshotId: number | undefined;
	readonly lastSequenceNumber: number;
}

/** `broken`: the request was sent and no answer came. `unsent`: nobody listened. */
export type Reply =
	| { readonly kind: "answer"; readonly status: number; readonly body: unknown }
	| { readonly kind: "broken" }
	| { readonly kind: "unsent" };

export async function send(
	url: string,
	method: "GET" | "POST",
	body?: unknown,
	headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
	try {
		const response = await fetch(url, {
			method,
			headers: { "content-type": "application/json", ...headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		return {
			kind: "answer",
			status: response.status,
			body: JSON.parse((await response.text()) || "null"),
		};
	} catch (error) {
		return { kind: isUnsent(error) ? "unsent" : "broken" };
	}
}

function isUnsent(error: unknown): boolean {
	return (
		error instanceof Error &&
		error.cause instanceof Error &&
		"code" in error.cause &&
		error.cause.code === "ECONNREFUSED"
	);
}

interface LoadTableResult {
	readonly "metadata-location": string;
	readonly metadata: {
		readonly location: string;
		readonly "table-uuid": string;
		readonly "current-snapshot-id"?: number | null;
		readonly "last-sequence-number": number;
		readonly "metadata-log"?: readonly { readonly "metadata-file": string }[];
	};
}

export function stateOf(body: unknown): TableState {
	if (!isLoadTableResult(body))
		throw new Error(`not a table: ${JSON.stringify(body)}`);
	const { metadata } = body;
	const snapshotId = metadata["current-snapshot-id"] ?? -1;
	return {
		metadataLocation: body["metadata-location"],
		predecessor: metadata["metadata-log"]?.at(-1)?.["metadata-file"],
		tableLocation: metadata.location,
		uuid: metadata["table-uuid"],
		snapshotId: snapshotId === -1 ? undefined : snapshotId,
		lastSequenceNumber: metadata["last-sequence-number"],
	};
}

function isLoadTableResult(body: unknown): body is LoadTableResult {
	return typeof body === "object" && body !== null && "metadata" in body;
}

/** Sets the token whatever the table looks like. */
export function unconditionalCommit(state: TableState, token: string): object {
	return {
		requirements: [{ type: "assert-table-uuid", uuid: state.uuid }],
		updates: [{ action: "set-properties", updates: { token } }],
	};
}

/**
 * Appends as an engine does: on top of the snapshot that it knows, or not at
 * all. The one before goes, so that the metadata stays small.
 */
export function conditionalCommit(
	state: TableState,
	token: string,
	snapshotId: number,
): object {
	const parent = state.snapshotId;
	return {
		requirements: [
			{ type: "assert-table-uuid", uuid: state.uuid },
			{
				type: "assert-ref-snapshot-id",
				ref: "main",
				"snapshot-id": parent ?? null,
			},
		],
		updates: [
			{
				action: "add-snapshot",
				snapshot: {
					"snapshot-id": snapshotId,
					...(parent === undefined ? {} : { "parent-snapshot-id": parent }),
					"sequence-number": state.lastSequenceNumber + 1,
					"timestamp-ms": Date.now(),
					"manifest-list": `${state.tableLocation}/metadata/snap-${snapshotId}.avro`,
					summary: { operation: "append" },
					"schema-id": 0,
				},
			},
			{
				action: "set-snapshot-ref",
				"ref-name": "main",
				type: "branch",
				"snapshot-id": snapshotId,
			},
			...(parent === undefined
				? []
				: [{ action: "remove-snapshots", "snapshot-ids": [parent] }]),
			{ action: "set-properties", updates: { token } },
		],
	};
}

/** A UUID of version 7, as `Idempotency-Key` asks for. */
export function uuidv7(): string {
	const time = Date.now().toString(16).padStart(12, "0");
	const rest = crypto.randomUUID();
	return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(15)}`;
}
