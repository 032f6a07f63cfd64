import { invalid } from "./fields.ts";
import { sameJson } from "./sameJson.ts";
import { indexSchema, type SchemaIndex } from "./schema.ts";
import { canTransform, isVoid, transformProblem } from "./transforms.ts";
import type { PartitionField, PartitionSpec, Schema } from "./types.ts";

/** Ids of partition fields begin here; one less stands for "none assigned". */
export const FIRST_PARTITION_FIELD_ID = 1000;

interface WithSources {
	readonly "source-id"?: number | undefined;
	readonly "source-ids"?: readonly number[] | undefined;
	readonly transform: string;
}

/** The ids of the columns that a partition or sort field reads. */
export function sourceIdsOf(field: WithSources): readonly number[] {
	const several = field["source-ids"];
	if (several !== undefined && several.length > 0) return several;
	return field["source-id"] === undefined ? [] : [field["source-id"]];
}

/** Same sources and transform. */
export function samePartitioning(a: WithSources, b: WithSources): boolean {
	return (
		a.transform.toLowerCase() === b.transform.toLowerCase() &&
		sameJson(sourceIdsOf(a), sourceIdsOf(b))
	);
}

/** Same partitioning and names in the same order, whatever the ids. */
export function sameSpec(
	a: { readonly fields: readonly Omit<PartitionField, "field-id">[] },
	b: { readonly fields: readonly Omit<PartitionField, "field-id">[] },
): boolean {
	return (
		a.fields.length === b.fields.length &&
		a.fields.every((field, i) => {
			const other = b.fields[i];
			return (
				other !== undefined &&
				field.name === other.name &&
				samePartitioning(field, other)
			);
		})
	);
}

export function highestPartitionFieldId(spec: PartitionSpec): number {
	return spec.fields.reduce(
		(highest, field) => Math.max(highest, field["field-id"]),
		FIRST_PARTITION_FIELD_ID - 1,
	);
}

/**
 * Whether a spec can be the default one of a table with this schema.
 * @throws PangolinError `validation-failed`
 */
export function checkSpecFits(spec: PartitionSpec, schema: Schema): void {
	const index = indexSchema(schema);
	for (const field of spec.fields) {
		if (isVoid(field.transform)) continue;
		const sources = sourceIdsOf(field);
		if (sources.length === 0) throw missingSource(field);
		for (const id of sources) checkSource(field, id, index);
	}
}

function missingSource(field: PartitionField): Error {
	return invalid(
		`Cannot find source column for partition field: ${field["field-id"]}: ${field.name}: ${field.transform}(${sourceIdsOf(field).join(", ")})`,
	);
}

function checkSource(
	field: PartitionField,
	sourceId: number,
	index: SchemaIndex,
): void {
	const source = index.get(sourceId);
	if (source === undefined) throw missingSource(field);
	if (typeof source.type !== "string")
		throw invalid(
			`Cannot partition by non-primitive source field: ${source.path}`,
		);
	if (!canTransform(field.transform, source.type))
		throw invalid(
			`Invalid source type ${source.type} for transform: ${field.transform}`,
		);
	for (let up = source.parent; up !== undefined; up = up.parent) {
		if (typeof up.type === "string" || up.type.type !== "struct")
			throw invalid(`Invalid partition field parent: ${up.path}`);
	}
}

/**
 * Checks a spec that a client adds, besides what `checkSpecFits` checks: names,
 * ids, transforms, and that nothing is partitioned twice in the same way.
 * @throws PangolinError `validation-failed`
 */
export function validateSpec(
	spec: PartitionSpec,
	schema: Schema,
	formatVersion: number,
): void {
	checkSpecFits(spec, schema);
	checkPartitionNames(spec, schema);
	const ids = new Set(spec.fields.map((field) => field["field-id"]));
	if (ids.size !== spec.fields.length)
		throw invalid("Cannot use a partition field id more than once");
	for (const field of spec.fields) {
		const problem = transformProblem(field.transform);
		if (problem !== undefined) throw invalid(problem);
		if (sourceIdsOf(field).length > 1 && formatVersion < 3)
			throw invalid(
				`Transforms with several arguments are not supported until v3: ${field.name}`,
			);
	}
	if (formatVersion === 1 && !hasSequentialIds(spec))
		throw invalid("Spec does not use sequential IDs that are required in v1");
}

function hasSequentialIds(spec: PartitionSpec): boolean {
	return spec.fields.every(
		(field, i) => field["field-id"] === FIRST_PARTITION_FIELD_ID + i,
	);
}

function checkPartitionNames(spec: PartitionSpec, schema: Schema): void {
	const columns = new Map(
		[...indexSchema(schema).values()].map(({ path, id }) => [path, id]),
	);
	const names = new Set<string>();
	for (const field of spec.fields) {
		if (field.name === "") throw invalid("Cannot use empty partition name");
		if (names.has(field.name))
			throw invalid(`Cannot use partition name more than once: ${field.name}`);
		names.add(field.name);
		const column = columns.get(field.name);
		if (column !== undefined && !sourceIdsOf(field).includes(column))
			throw invalid(
				`Cannot create partition from name that exists in schema: ${field.name}`,
			);
	}
}
