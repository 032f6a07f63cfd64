import type { MovedRow, RowOf } from "../moving.ts";
import { idOf } from "../rules/state.ts";
import type { Report } from "./report.ts";
import { MISSING } from "./report.ts";
import type { Seen } from "./seen.ts";
import { newLine, seenCatalog } from "./seen.ts";

/** What rows of records name, and what they keep to by themselves (sentences W5, W9 and W14). */
export function checkRecord(seen: Seen, report: Report, row: MovedRow): void {
	if ("version" in row && !(row.version >= 1))
		report.add("a version is below 1", `${row.part}, version ${row.version}`);
	switch (row.part) {
		case "tenant":
			seen.tenants.add(row.value.id);
			return;
		case "warehouse":
			checkWarehouse(seen, report, row);
			return;
		case "catalog":
			checkCatalog(seen, report, row);
			return;
		case "line": {
			const { tenant, id, catalog } = row.value;
			if (seenCatalog(seen, tenant, catalog) === undefined)
				report.add(MISSING, `line ${id} names catalog ${catalog}`);
			seen.lines.set(idOf(tenant, id), newLine(row.value));
			return;
		}
		case "ref": {
			const { name, settings } = row.value;
			seen.refs.push(row.value);
			checkJson(report, `ref ${name}`, settings);
			return;
		}
		case "mergeOperation":
			checkOperation(seen, report, row);
			return;
		case "mergeConflict":
			checkConflict(seen, report, row);
			return;
		case "job":
			checkJson(report, `job ${row.value.id}`, row.value.payload);
			return;
		default:
			return;
	}
}

function checkWarehouse(
	seen: Seen,
	report: Report,
	{ value: { tenant, id, name } }: RowOf<"warehouse">,
): void {
	if (!seen.tenants.has(tenant))
		report.add(MISSING, `warehouse ${name} names tenant ${tenant}`);
	const text = idOf(tenant, id);
	if (seen.warehouseIds.has(text))
		report.add("two have one id", `warehouse ${name}, ${id}`);
	seen.warehouseIds.add(text);
	seen.warehouses.add(idOf(tenant, name));
}

function checkCatalog(
	seen: Seen,
	report: Report,
	{ value }: RowOf<"catalog">,
): void {
	const { tenant, id, name, warehouse } = value;
	if (!seen.tenants.has(tenant))
		report.add(MISSING, `catalog ${name} names tenant ${tenant}`);
	if (warehouse !== null && !seen.warehouses.has(idOf(tenant, warehouse)))
		report.add(MISSING, `catalog ${name} names warehouse ${warehouse}`);
	if (seenCatalog(seen, tenant, id) !== undefined)
		report.add("two have one id", `catalog ${name}, ${id}`);
	seen.catalogs.set(idOf(tenant, id), value);
}

function checkOperation(
	seen: Seen,
	report: Report,
	{ value: { tenant, id, catalog, detail } }: RowOf<"mergeOperation">,
): void {
	seen.operations.add(idOf(tenant, id));
	if (seenCatalog(seen, tenant, catalog) === undefined)
		report.add(MISSING, `merge ${id} names catalog ${catalog}`);
	checkJson(report, `merge ${id}`, detail);
}

function checkConflict(
	seen: Seen,
	report: Report,
	{ value: { tenant, id, operation, ...texts } }: RowOf<"mergeConflict">,
): void {
	if (!seen.operations.has(idOf(tenant, operation)))
		report.add(MISSING, `conflict ${id} names merge ${operation}`);
	checkJson(report, `conflict ${id}`, texts.detail);
	if (texts.resolution !== null)
		checkJson(report, `conflict ${id}`, texts.resolution);
}

function checkJson(report: Report, where: string, text: string): void {
	if (!isJson(text)) report.add("a text is not JSON", where);
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
