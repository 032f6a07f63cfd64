import type {
	CommitTableRequest,
	CommitViewRequest,
	CreateNamespaceRequest,
	CreateTableRequest,
	CreateViewRequest,
	RegisterRequest,
	RenameRequest,
	ReportRequest,
	TableChange,
	UpdateNamespacePropertiesRequest,
} from "../../../catalog/requests.ts";
import {
	decodeTableRequirements,
	decodeViewRequirements,
} from "../../../iceberg/decodeRequirements.ts";
import {
	decodePartitionSpec,
	decodeSchema,
	decodeSortOrder,
} from "../../../iceberg/decodeSchema.ts";
import type { JsonValue } from "../../../iceberg/json.ts";
import { stringifyJson } from "../../../iceberg/json.ts";
import * as schemas from "../../../iceberg/schemas/requests.ts";
import { decodeTableUpdates } from "../../../iceberg/updates/decode.ts";
import {
	decodeViewUpdates,
	decodeViewVersion,
} from "../../../iceberg/views/decode.ts";
import type { Identifier } from "../../../model/names.ts";
import type { Properties } from "../../../model/registry.ts";
import { jsonBody, LARGE_BODY_LIMIT_BYTES } from "../../body.ts";

/** A body after its JSON Schema, its deeper parts not yet decoded. */
interface Outer {
	readonly name: string;
	readonly location?: string | null;
	readonly schema: JsonValue;
	readonly "partition-spec"?: JsonValue;
	readonly "write-order"?: JsonValue;
	readonly "stage-create"?: boolean | null;
	readonly "view-version": JsonValue;
	readonly properties?: Properties | null;
}

interface OuterCommit {
	readonly requirements?: JsonValue;
	readonly updates: JsonValue;
}

interface OuterTransaction {
	readonly "table-changes": readonly (OuterCommit & {
		readonly identifier: Identifier;
	})[];
}

const LARGE = { limitBytes: LARGE_BODY_LIMIT_BYTES };

export const createNamespaceBody = jsonBody<CreateNamespaceRequest>(
	schemas.createNamespaceRequest,
);
export const updatePropertiesBody = jsonBody<UpdateNamespacePropertiesRequest>(
	schemas.updateNamespacePropertiesRequest,
);
export const registerTableBody = jsonBody<RegisterRequest>(
	schemas.registerTableRequest,
	LARGE,
);
export const registerViewBody = jsonBody<RegisterRequest>(
	schemas.registerViewRequest,
	LARGE,
);
export const renameBody = jsonBody<RenameRequest>(schemas.renameRequest);

export const createTableBody = jsonBody<CreateTableRequest, Outer>(
	schemas.createTableRequest,
	{
		...LARGE,
		decode: (body) => ({
			name: body.name,
			location: body.location,
			schema: decodeSchema(body.schema),
			"partition-spec": given(body["partition-spec"], decodePartitionSpec),
			"write-order": given(body["write-order"], decodeSortOrder),
			"stage-create": body["stage-create"],
			properties: body.properties,
		}),
	},
);

export const createViewBody = jsonBody<CreateViewRequest, Outer>(
	schemas.createViewRequest,
	{
		...LARGE,
		decode: (body) => ({
			name: body.name,
			location: body.location,
			schema: decodeSchema(body.schema),
			"view-version": decodeViewVersion(body["view-version"]),
			properties: body.properties,
		}),
	},
);

export const commitTableBody = jsonBody<CommitTableRequest, OuterCommit>(
	schemas.commitTableRequest,
	{ ...LARGE, decode: decodeCommit },
);

export const commitTransactionBody = jsonBody<
	readonly TableChange[],
	OuterTransaction
>(schemas.commitTransactionRequest, {
	...LARGE,
	decode: (body) =>
		body["table-changes"].map((change) => ({
			identifier: change.identifier,
			...decodeCommit(change),
		})),
});

export const commitViewBody = jsonBody<CommitViewRequest, OuterCommit>(
	schemas.commitViewRequest,
	{
		...LARGE,
		decode: (body) => ({
			requirements: given(body.requirements, decodeViewRequirements) ?? [],
			updates: decodeViewUpdates(body.updates),
		}),
	},
);

/** Kept as it came, whatever its fields. */
export const reportBody = jsonBody<
	ReportRequest,
	{ readonly "report-type": string }
>(schemas.reportMetricsRequest, {
	decode: (body) => ({
		type: body["report-type"],
		body: stringifyJson(body),
	}),
});

function decodeCommit(body: OuterCommit): CommitTableRequest {
	return {
		requirements: given(body.requirements, decodeTableRequirements) ?? [],
		updates: decodeTableUpdates(body.updates),
	};
}

function given<Value>(
	json: JsonValue | undefined,
	decode: (json: JsonValue) => Value,
): Value | undefined {
	return json === undefined || json === null ? undefined : decode(json);
}
