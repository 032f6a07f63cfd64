import { PangolinError } from "../../model/errors.ts";
import { type ThreeWay, threeWay } from "../../model/threeWay.ts";
import { checkSpecFits } from "../partitionSpec.ts";
import { sameJson } from "../sameJson.ts";
import { currentSchema, indexSchema } from "../schema.ts";
import { checkSortOrderFits } from "../sortOrder.ts";
import type { Snapshot, TableMetadata } from "../types.ts";
import {
	type Conflicting,
	inConflict,
	type PartialMerge,
	type TableVersions,
} from "./tableMerge.ts";

const SCHEMA = ["schemas", "current-schema-id", "last-column-id"] as const;
const SPEC = [
	"partition-specs",
	"default-spec-id",
	"last-partition-id",
] as const;
const SORT = ["sort-orders", "default-sort-order-id"] as const;

type Member = keyof TableMetadata & string;

/**
 * Schemas, partition specs and sort orders: each is changed on one side at
 * most, or alike on both, because both sides hand out the same next ids.
 */
export function mergeLayout(versions: TableVersions): PartialMerge {
	const schema = changedSide(versions, SCHEMA);
	if (schema === "both") return schemaChange(versions);
	const spec = changedSide(versions, SPEC);
	if (spec === "both") return inConflict("partition-specs");
	const sort = changedSide(versions, SORT);
	if (sort === "both") return inConflict("sort-orders");
	const members = {
		...membersOf(versions[schema], SCHEMA),
		...membersOf(versions[spec], SPEC),
		...membersOf(versions[sort], SORT),
	};
	const merged = { ...versions.ours, ...members };
	return fits(merged) ? { members } : schemaChange(versions);
}

export function schemaChange({ ours, theirs }: TableVersions): Conflicting {
	return {
		conflict: {
			type: "SchemaChange",
			sourceSchema: currentSchema(theirs),
			targetSchema: currentSchema(ours),
		},
	};
}

function changedSide(
	{ base, ours, theirs }: TableVersions,
	members: readonly Member[],
): ThreeWay {
	return threeWay(base, ours, theirs, (a, b) =>
		members.every((member) => sameJson(a[member], b[member])),
	);
}

function membersOf(
	metadata: TableMetadata,
	members: readonly Member[],
): Partial<TableMetadata> {
	return Object.fromEntries(
		members.map((member) => [member, metadata[member]]),
	);
}

/** A column that one side dropped may be one that the other partitions or sorts by. */
function fits(metadata: TableMetadata): boolean {
	const schema = currentSchema(metadata);
	try {
		for (const spec of metadata["partition-specs"])
			if (spec["spec-id"] === metadata["default-spec-id"])
				checkSpecFits(spec, schema);
		for (const order of metadata["sort-orders"])
			if (order["order-id"] === metadata["default-sort-order-id"])
				checkSortOrderFits(order, schema);
		return true;
	} catch (error) {
		if (error instanceof PangolinError && error.code === "validation-failed")
			return false;
		throw error;
	}
}

/**
 * What keeps data that was written with the schemas and specs of `writer` from
 * being read with those of `merged`: one of them was removed, or a column
 * became required that the rows may lack.
 */
export function unreadableBy(
	merged: TableMetadata,
	writer: TableMetadata,
	written: readonly Snapshot[],
): "schemas" | "partition-specs" | undefined {
	const specs = new Set(
		merged["partition-specs"].map((spec) => spec["spec-id"]),
	);
	if (writer["partition-specs"].some((spec) => !specs.has(spec["spec-id"])))
		return "partition-specs";
	const schemas = new Set<number | undefined>([
		...merged.schemas.map((schema) => schema["schema-id"]),
		undefined,
	]);
	const isKnown = written.every((snapshot) =>
		schemas.has(snapshot["schema-id"]),
	);
	return isKnown && !requiresMore(merged, writer) ? undefined : "schemas";
}

function requiresMore(merged: TableMetadata, writer: TableMetadata): boolean {
	const written = indexSchema(currentSchema(writer));
	return [...indexSchema(currentSchema(merged)).values()].some(
		({ id, required, parent, field }) => {
			if (!required) return false;
			const before = written.get(id);
			if (before !== undefined) return !before.required;
			const inOldStruct = parent === undefined || written.has(parent.id);
			return inOldStruct && (field?.["initial-default"] ?? null) === null;
		},
	);
}
