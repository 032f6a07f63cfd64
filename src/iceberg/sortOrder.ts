import { invalid } from "./fields.ts";
import { sourceIdsOf } from "./partitionSpec.ts";
import { sameJson } from "./sameJson.ts";
import { indexSchema } from "./schema.ts";
import { canTransform, transformProblem } from "./transforms.ts";
import type { Schema, SortOrder } from "./types.ts";

export const UNSORTED: SortOrder = { "order-id": 0, fields: [] };

export const FIRST_SORT_ORDER_ID = 1;

/** The same fields in the same order, whatever the ids of the orders. */
export function sameSortOrder(a: SortOrder, b: SortOrder): boolean {
	return sameJson(a.fields, b.fields);
}

/**
 * Whether an order can be the default one of a table with this schema.
 * @throws PangolinError `validation-failed`
 */
export function checkSortOrderFits(order: SortOrder, schema: Schema): void {
	const index = indexSchema(schema);
	for (const field of order.fields) {
		const sources = sourceIdsOf(field);
		const problem = transformProblem(field.transform);
		if (problem !== undefined) throw invalid(problem);
		if (sources.length === 0)
			throw invalid(
				`Cannot find source column for sort field: ${field.transform}`,
			);
		for (const id of sources) {
			const source = index.get(id);
			if (source === undefined)
				throw invalid(
					`Cannot find source column for sort field: ${field.transform}(${id})`,
				);
			if (typeof source.type !== "string")
				throw invalid(
					`Cannot sort by non-primitive source field: ${source.path}`,
				);
			if (!canTransform(field.transform, source.type))
				throw invalid(
					`Invalid source type ${source.type} for transform: ${field.transform}`,
				);
		}
	}
}
