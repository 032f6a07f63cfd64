import type { Properties } from "../model/registry.ts";
import { invalid, own } from "./fields.ts";
import { withFreshIds } from "./freshIds.ts";
import { FIRST_PARTITION_FIELD_ID, sourceIdsOf } from "./partitionSpec.ts";
import { indexSchema } from "./schema.ts";
import { UNSORTED } from "./sortOrder.ts";
import type {
	Schema,
	SortOrder,
	TableMetadata,
	TableUpdate,
	UnboundPartitionSpec,
} from "./types.ts";
import { applyTableUpdates } from "./updates/apply.ts";
import type { ChangeContext } from "./updates/context.ts";

export interface NewTable {
	readonly schema: Schema;
	readonly partitionSpec?: UnboundPartitionSpec | undefined;
	readonly writeOrder?: SortOrder | undefined;
	readonly properties: Properties;
	readonly location: string;
}

const DEFAULT_FORMAT_VERSION = "2";

/** They say how a table is made, or repeat what its metadata says anyway. */
const RESERVED_PROPERTIES: ReadonlySet<string> = new Set([
	"format-version",
	"uuid",
	"snapshot-count",
	"current-snapshot-id",
	"current-snapshot-summary",
	"current-snapshot-timestamp-ms",
	"current-schema",
	"default-partition-spec",
	"default-sort-order",
]);

/** What new tables have and old ones would not like to find changed. */
const PROPERTIES_OF_NEW_TABLES: Properties = {
	"write.parquet.compression-codec": "zstd",
};

/**
 * Metadata of a new table. All ids are assigned afresh: those of the request
 * only say which column a partition or sort field means.
 * @throws PangolinError `validation-failed`
 */
export function newTableMetadata(
	table: NewTable,
	context: ChangeContext,
): TableMetadata {
	indexSchema(table.schema);
	const { schema, newIds } = withFreshIds(table.schema);
	const updates: TableUpdate[] = [
		{
			action: "upgrade-format-version",
			"format-version": formatVersionOf(table.properties),
		},
		{ action: "set-location", location: table.location },
		{ action: "add-schema", schema },
		{
			action: "add-spec",
			spec: remappedSpec(table.partitionSpec ?? { fields: [] }, newIds),
		},
		{
			action: "add-sort-order",
			"sort-order": remappedOrder(table.writeOrder ?? UNSORTED, newIds),
		},
		{ action: "set-properties", updates: storedProperties(table.properties) },
	];
	return applyTableUpdates(undefined, updates, context);
}

function formatVersionOf(properties: Properties): number {
	const text = own(properties, "format-version") ?? DEFAULT_FORMAT_VERSION;
	if (!/^\d{1,4}$/.test(text)) throw invalid(`Invalid format version: ${text}`);
	return Number(text);
}

function storedProperties(properties: Properties): Properties {
	const given = Object.entries(properties).filter(
		([key]) => !RESERVED_PROPERTIES.has(key),
	);
	return { ...PROPERTIES_OF_NEW_TABLES, ...Object.fromEntries(given) };
}

function remappedSpec(
	spec: UnboundPartitionSpec,
	newIds: ReadonlyMap<number, number>,
): UnboundPartitionSpec {
	return {
		...spec,
		fields: spec.fields.map((field, i) => ({
			...field,
			...remappedSources(field, newIds, "partition"),
			"field-id": FIRST_PARTITION_FIELD_ID + i,
		})),
	};
}

function remappedOrder(
	order: SortOrder,
	newIds: ReadonlyMap<number, number>,
): SortOrder {
	return {
		...order,
		fields: order.fields.map((field) => ({
			...field,
			...remappedSources(field, newIds, "sort"),
		})),
	};
}

function remappedSources(
	field: Parameters<typeof sourceIdsOf>[0],
	newIds: ReadonlyMap<number, number>,
	what: string,
): { "source-id"?: number } | { "source-ids"?: number[] } {
	const sources = sourceIdsOf(field).map((id) => {
		const fresh = newIds.get(id);
		if (fresh !== undefined) return fresh;
		throw invalid(
			`Cannot find source column for ${what} field: ${field.transform}(${id})`,
		);
	});
	if (field["source-ids"] !== undefined) return { "source-ids": sources };
	const [source] = sources;
	return source === undefined ? {} : { "source-id": source };
}
