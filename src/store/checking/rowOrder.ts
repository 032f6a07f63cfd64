import { compareUtf8 } from "../../model/names.ts";
import type { MovedRow } from "../moving.ts";
import { PARTS, tenantOf } from "../moving.ts";

/** Whether a row comes after another one in the order of `dump` (sentence M1). */
export function comesAfter(row: MovedRow, before: MovedRow): boolean {
	const parts = PARTS.indexOf(row.part) - PARTS.indexOf(before.part);
	if (parts !== 0) return parts > 0;
	const [key, other] = [orderKey(row), orderKey(before)];
	for (const [i, value] of key.entries()) {
		const order = compared(value, other[i] ?? "");
		if (order !== 0) return order > 0;
	}
	return false;
}

function compared(a: string | number, b: string | number): number {
	return typeof a === "number" && typeof b === "number"
		? a - b
		: compareUtf8(String(a), String(b));
}

/** What identifies a row within its part, in the order by which rows come. */
function orderKey(row: MovedRow): readonly (string | number)[] {
	const tenant = tenantOf(row);
	switch (row.part) {
		case "tenant":
			return [tenant];
		case "warehouse":
		case "catalog":
			return [tenant, row.value.name];
		case "ref":
			return [tenant, row.value.catalog, row.value.name];
		case "garbage":
			return [tenant, row.value.asset, row.value.metadataLocation];
		case "report":
			return [tenant, row.value.asset, row.value.id];
		case "idempotency":
			return [tenant, row.value.key];
		case "line":
		case "job":
		case "mergeOperation":
		case "mergeConflict":
			return [tenant, row.value.id];
		case "commit":
			return [tenant, row.line, row.commit.number];
		case "merge":
			return [tenant, row.line, row.merge.number];
		case "row": {
			const { space, parent, name } = row.key;
			return [tenant, row.line, space, parent, name, row.number];
		}
		case "forgotten":
			return [tenant, row.line, row.from];
		case "dropped":
			return [tenant, row.line, row.dropped.asset];
		case "claim":
			return [row.claim.location];
	}
}
