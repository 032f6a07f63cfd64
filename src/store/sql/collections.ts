import { brandId } from "../../model/ids.ts";
import type { Collection, RecordKey, RecordValue } from "../records.ts";
import { keysText, readKeys } from "./contents.ts";
import type { SqlRow, SqlValue } from "./values.ts";
import {
	numberAt,
	numberOrNullAt,
	oneOf,
	propertiesAt,
	textAt,
	textOrNullAt,
} from "./values.ts";

/** How one collection lies in its table. Every table also has a column `version`. */
export interface CollectionTable<C extends Collection> {
	readonly table: string;
	readonly keyColumns: readonly string[];
	readonly columns: readonly string[];
	/** Columns that an update leaves alone, whatever the value says. */
	readonly fixedColumns: readonly string[];
	keyParams(key: RecordKey<C>): SqlValue[];
	/** One per column of `columns`. */
	params(value: RecordValue<C>): SqlValue[];
	/** From the columns of `columns`, which begin at `start`. */
	read(row: SqlRow, start: number): RecordValue<C>;
}

export const TENANTS: CollectionTable<"tenant"> = {
	table: "tenants",
	keyColumns: ["id"],
	columns: ["id", "name", "properties"],
	fixedColumns: ["id"],
	keyParams: ({ tenant }) => [tenant],
	params: ({ id, name, properties }) => [id, name, JSON.stringify(properties)],
	read: (row, at) => ({
		id: brandId(textAt(row, at)),
		name: textAt(row, at + 1),
		properties: propertiesAt(row, at + 2),
	}),
};

export const WAREHOUSES: CollectionTable<"warehouse"> = {
	table: "warehouses",
	keyColumns: ["tenant_id", "name"],
	columns: [
		"tenant_id",
		"name",
		"id",
		"use_sts",
		"storage_config",
		"vending_strategy",
	],
	fixedColumns: ["tenant_id", "id"],
	keyParams: ({ tenant, name }) => [tenant, name],
	params: (value) => [
		value.tenant,
		value.name,
		value.id,
		value.useSts ? 1 : 0,
		JSON.stringify(value.storageConfig),
		value.vendingStrategy,
	],
	read: (row, at) => ({
		id: brandId(textAt(row, at + 2)),
		tenant: brandId(textAt(row, at)),
		name: textAt(row, at + 1),
		storageConfig: propertiesAt(row, at + 4),
		useSts: Boolean(row[at + 3]),
		vendingStrategy: textOrNullAt(row, at + 5),
	}),
};

export const CATALOGS: CollectionTable<"catalog"> = {
	table: "catalogs",
	keyColumns: ["tenant_id", "name"],
	columns: [
		"tenant_id",
		"name",
		"id",
		"type",
		"warehouse_name",
		"storage_location",
		"properties",
	],
	fixedColumns: ["tenant_id", "id"],
	keyParams: ({ tenant, name }) => [tenant, name],
	params: (value) => [
		value.tenant,
		value.name,
		value.id,
		value.type,
		value.warehouse,
		value.storageLocation,
		JSON.stringify(value.properties),
	],
	read: (row, at) => ({
		id: brandId(textAt(row, at + 2)),
		tenant: brandId(textAt(row, at)),
		name: textAt(row, at + 1),
		type: oneOf(textAt(row, at + 3), ["Local", "Federated"]),
		warehouse: textOrNullAt(row, at + 4),
		storageLocation: textOrNullAt(row, at + 5),
		properties: propertiesAt(row, at + 6),
	}),
};

export const REFS: CollectionTable<"ref"> = {
	table: "refs",
	keyColumns: ["tenant_id", "catalog_id", "name"],
	columns: [
		"tenant_id",
		"catalog_id",
		"name",
		"kind",
		"line_id",
		"number",
		"settings",
	],
	fixedColumns: ["tenant_id", "catalog_id", "name"],
	keyParams: ({ tenant, catalog, name }) => [tenant, catalog, name],
	params: (value) => [
		value.tenant,
		value.catalog,
		value.name,
		value.kind,
		value.line,
		value.number,
		value.settings,
	],
	read: (row, at) => ({
		tenant: brandId(textAt(row, at)),
		catalog: brandId(textAt(row, at + 1)),
		name: textAt(row, at + 2),
		kind: oneOf(textAt(row, at + 3), ["branch", "tag"]),
		line: brandId(textAt(row, at + 4)),
		number: numberOrNullAt(row, at + 5),
		settings: textAt(row, at + 6),
	}),
};

export const LINES: CollectionTable<"line"> = {
	table: "lines",
	keyColumns: ["tenant_id", "id"],
	columns: [
		"tenant_id",
		"id",
		"catalog_id",
		"parent_line_id",
		"parent_number",
		"head",
		"head_time_micros",
		"filter",
	],
	fixedColumns: [
		"tenant_id",
		"id",
		"catalog_id",
		"head",
		"head_time_micros",
		"filter",
	],
	keyParams: ({ tenant, line }) => [tenant, line],
	params: (value) => [
		value.tenant,
		value.id,
		value.catalog,
		value.parent?.line ?? null,
		value.parent?.number ?? null,
		value.head,
		value.headTimeMicros,
		value.filter === null ? null : keysText(value.filter),
	],
	read: (row, at) => {
		const parent = textOrNullAt(row, at + 3);
		const filter = textOrNullAt(row, at + 7);
		return {
			id: brandId(textAt(row, at + 1)),
			tenant: brandId(textAt(row, at)),
			catalog: brandId(textAt(row, at + 2)),
			parent:
				parent === null
					? null
					: { line: brandId(parent), number: numberAt(row, at + 4) },
			filter: filter === null ? null : readKeys(filter),
			head: numberAt(row, at + 5),
			headTimeMicros: numberAt(row, at + 6),
		};
	},
};

export const IDEMPOTENCY: CollectionTable<"idempotency"> = {
	table: "idempotency",
	keyColumns: ["tenant_id", "key"],
	columns: [
		"tenant_id",
		"key",
		"binding",
		"status",
		"body",
		"metadata_location",
		"expires_at_millis",
	],
	fixedColumns: ["tenant_id", "key"],
	keyParams: ({ tenant, key }) => [tenant, key],
	params: (value) => [
		value.tenant,
		value.key,
		value.binding,
		value.status,
		value.body,
		value.metadataLocation,
		value.expiresAtMillis,
	],
	read: (row, at) => ({
		tenant: brandId(textAt(row, at)),
		key: textAt(row, at + 1),
		binding: textAt(row, at + 2),
		status: numberAt(row, at + 3),
		body: textOrNullAt(row, at + 4),
		metadataLocation: textOrNullAt(row, at + 5),
		expiresAtMillis: numberAt(row, at + 6),
	}),
};

export const JOBS: CollectionTable<"job"> = {
	table: "jobs",
	keyColumns: ["tenant_id", "id"],
	columns: [
		"tenant_id",
		"id",
		"kind",
		"payload",
		"run_after_millis",
		"attempts",
		"last_error",
		"lease_owner",
		"lease_until_millis",
	],
	fixedColumns: ["tenant_id", "id"],
	keyParams: ({ tenant, job }) => [tenant, job],
	params: (value) => [
		value.tenant,
		value.id,
		value.kind,
		value.payload,
		value.runAfterMillis,
		value.attempts,
		value.lastError,
		value.leaseOwner,
		value.leaseUntilMillis,
	],
	read: (row, at) => ({
		id: brandId(textAt(row, at + 1)),
		tenant: brandId(textAt(row, at)),
		kind: textAt(row, at + 2),
		payload: textAt(row, at + 3),
		runAfterMillis: numberAt(row, at + 4),
		attempts: numberAt(row, at + 5),
		lastError: textOrNullAt(row, at + 6),
		leaseOwner: textOrNullAt(row, at + 7),
		leaseUntilMillis: numberAt(row, at + 8),
	}),
};

export const REPORTS: CollectionTable<"report"> = {
	table: "reports",
	keyColumns: ["tenant_id", "asset_id", "id"],
	columns: [
		"tenant_id",
		"asset_id",
		"id",
		"type",
		"received_at_millis",
		"body",
	],
	fixedColumns: ["tenant_id", "asset_id", "id"],
	keyParams: ({ tenant, asset, report }) => [tenant, asset, report],
	params: (value) => [
		value.tenant,
		value.asset,
		value.id,
		value.type,
		value.receivedAtMillis,
		value.body,
	],
	read: (row, at) => ({
		id: brandId(textAt(row, at + 2)),
		tenant: brandId(textAt(row, at)),
		asset: brandId(textAt(row, at + 1)),
		type: textAt(row, at + 3),
		receivedAtMillis: numberAt(row, at + 4),
		body: textAt(row, at + 5),
	}),
};

export const GARBAGE: CollectionTable<"garbage"> = {
	table: "garbage",
	keyColumns: ["tenant_id", "asset_id", "metadata_location"],
	columns: ["tenant_id", "asset_id", "metadata_location", "catalog_id"],
	fixedColumns: ["tenant_id", "asset_id", "metadata_location"],
	keyParams: ({ tenant, asset, metadataLocation }) => [
		tenant,
		asset,
		metadataLocation,
	],
	params: (value) => [
		value.tenant,
		value.asset,
		value.metadataLocation,
		value.catalog,
	],
	read: (row, at) => ({
		tenant: brandId(textAt(row, at)),
		catalog: brandId(textAt(row, at + 3)),
		asset: brandId(textAt(row, at + 1)),
		metadataLocation: textAt(row, at + 2),
	}),
};

export const MERGE_OPERATIONS: CollectionTable<"mergeOperation"> = {
	table: "merge_operations",
	keyColumns: ["tenant_id", "id"],
	columns: ["tenant_id", "id", "catalog_id", "status", "detail"],
	fixedColumns: ["tenant_id", "id", "catalog_id"],
	keyParams: ({ tenant, operation }) => [tenant, operation],
	params: (value) => [
		value.tenant,
		value.id,
		value.catalog,
		value.status,
		value.detail,
	],
	read: (row, at) => ({
		id: brandId(textAt(row, at + 1)),
		tenant: brandId(textAt(row, at)),
		catalog: brandId(textAt(row, at + 2)),
		status: oneOf(textAt(row, at + 3), MERGE_STATUSES),
		detail: textAt(row, at + 4),
	}),
};

const MERGE_STATUSES = [
	"Pending",
	"Conflicted",
	"Resolving",
	"Ready",
	"Completed",
	"Aborted",
] as const;

export const MERGE_CONFLICTS: CollectionTable<"mergeConflict"> = {
	table: "merge_conflicts",
	keyColumns: ["tenant_id", "id"],
	columns: ["tenant_id", "id", "operation_id", "detail", "resolution"],
	fixedColumns: ["tenant_id", "id", "operation_id"],
	keyParams: ({ tenant, conflict }) => [tenant, conflict],
	params: (value) => [
		value.tenant,
		value.id,
		value.operation,
		value.detail,
		value.resolution,
	],
	read: (row, at) => ({
		id: brandId(textAt(row, at + 1)),
		tenant: brandId(textAt(row, at)),
		operation: brandId(textAt(row, at + 2)),
		detail: textAt(row, at + 3),
		resolution: textOrNullAt(row, at + 4),
	}),
};

export const COLLECTIONS: {
	readonly [C in Collection]: CollectionTable<C>;
} = {
	tenant: TENANTS,
	warehouse: WAREHOUSES,
	catalog: CATALOGS,
	ref: REFS,
	line: LINES,
	idempotency: IDEMPOTENCY,
	job: JOBS,
	garbage: GARBAGE,
	report: REPORTS,
	mergeOperation: MERGE_OPERATIONS,
	mergeConflict: MERGE_CONFLICTS,
};
