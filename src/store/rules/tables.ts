import type { CatalogId, TenantId } from "../../model/ids.ts";
import type { Refusal } from "../changes.ts";
import type {
	Collection,
	Line,
	MergeOperation,
	RecordValue,
	Ref,
} from "../records.ts";
import { release } from "./claims.ts";
import { removeContent } from "./garbage.ts";
import { entriesAt } from "./lines.ts";
import { mergingLines, passOn } from "./passing.ts";
import type { Rows, State } from "./state.ts";
import {
	catalogById,
	commitAt,
	idOf,
	keepsNumber,
	lineOf,
	linesOfCatalog,
} from "./state.ts";
import type { Transaction } from "./transaction.ts";

/** One collection and the rules that its rows keep with other collections. */
export interface RecordTable<C extends Collection> {
	readonly rows: Rows<RecordValue<C>>;
	/** Whether another row has the value's id, beside its key. */
	takenId?(value: RecordValue<C>): boolean;
	/** What a row needs to exist; `missing` when it does not. */
	needs?(value: RecordValue<C>): Refusal | undefined;
	/** The value with the fields that the store decides. */
	asStored?(
		value: RecordValue<C>,
		before: RecordValue<C> | undefined,
	): RecordValue<C>;
	isInUse?(value: RecordValue<C>): boolean;
	inserted?(value: RecordValue<C>): void;
	updated?(before: RecordValue<C>, after: RecordValue<C>): void;
	deleted?(value: RecordValue<C>): void;
}

const TABLES: {
	readonly [C in Collection]: (state: State, tx: Transaction) => RecordTable<C>;
} = {
	tenant: tenantTable,
	warehouse: warehouseTable,
	catalog: catalogTable,
	ref: refTable,
	line: lineTable,
	idempotency: idempotencyTable,
	job: jobTable,
	garbage: garbageTable,
	report: reportTable,
	mergeOperation: mergeOperationTable,
	mergeConflict: mergeConflictTable,
};

export function tableOf<C extends Collection>(
	state: State,
	tx: Transaction,
	collection: C,
): RecordTable<C> {
	return TABLES[collection](state, tx);
}

function tenantTable(state: State): RecordTable<"tenant"> {
	return {
		rows: state.tenants,
		isInUse: ({ id }) =>
			some(state.warehouses, (row) => row.tenant === id) ||
			some(state.catalogs, (row) => row.tenant === id),
	};
}

function warehouseTable(
	state: State,
	tx: Transaction,
): RecordTable<"warehouse"> {
	return {
		rows: state.warehouses,
		takenId: ({ tenant, id }) =>
			some(state.warehouses, (row) => row.tenant === tenant && row.id === id),
		needs: ({ tenant }) => (state.tenants.has(tenant) ? undefined : "missing"),
		asStored: (value, before) => ({ ...value, id: before?.id ?? value.id }),
		isInUse: ({ tenant, name }) =>
			some(
				state.catalogs,
				(row) => row.tenant === tenant && row.warehouse === name,
			),
		updated: (before, after) => {
			if (before.name === after.name) return;
			for (const [id, { value, version }] of state.catalogs) {
				if (value.tenant !== before.tenant || value.warehouse !== before.name)
					continue;
				tx.set(state.catalogs, id, {
					value: { ...value, warehouse: after.name },
					version: version + 1,
				});
			}
		},
	};
}

function catalogTable(state: State, tx: Transaction): RecordTable<"catalog"> {
	return {
		rows: state.catalogs,
		takenId: ({ tenant, id }) => catalogById(state, tenant, id) !== undefined,
		needs: ({ tenant, warehouse }) =>
			state.tenants.has(tenant) &&
			(warehouse === null || state.warehouses.has(idOf(tenant, warehouse)))
				? undefined
				: "missing",
		asStored: (value, before) => ({ ...value, id: before?.id ?? value.id }),
		isInUse: ({ tenant, id }) =>
			linesOfCatalog(state, tenant, id).some((line) =>
				showsObject(state, line),
			),
		deleted: ({ tenant, id }) => dropContents(state, tx, tenant, id),
	};
}

function showsObject(state: State, { tenant, id }: Line): boolean {
	const objects = entriesAt(
		state,
		{ tenant, line: id },
		idOf("object", ""),
		undefined,
	);
	return objects.next().done !== true;
}

function dropContents(
	state: State,
	tx: Transaction,
	tenant: TenantId,
	catalog: CatalogId,
): void {
	const isOfCatalog = (value: { tenant: TenantId; catalog: CatalogId }) =>
		value.tenant === tenant && value.catalog === catalog;
	for (const [id, { value }] of state.refs)
		if (isOfCatalog(value)) tx.delete(state.refs, id);
	for (const [id, { value }] of state.lines) {
		if (!isOfCatalog(value)) continue;
		tx.delete(state.lines, id);
		tx.delete(state.contents, id);
		tx.delete(state.forgotten, id);
	}
	for (const [id, { value }] of state.garbage)
		if (isOfCatalog(value)) tx.delete(state.garbage, id);
	for (const [id, { value }] of state.mergeOperations) {
		if (!isOfCatalog(value)) continue;
		dropConflicts(state, tx, value);
		tx.delete(state.mergeOperations, id);
	}
	for (const claim of [...state.claims.values()])
		if (isOfCatalog(claim)) release(state, tx, claim.location);
}

function refTable(state: State): RecordTable<"ref"> {
	return {
		rows: state.refs,
		needs: (ref: Ref) => needsNumber(state, ref, ref.line, ref.number),
	};
}

/** A line of the same catalog that keeps the number; null: its head. */
function needsNumber(
	state: State,
	owner: { tenant: TenantId; catalog: CatalogId },
	lineId: Line["id"],
	number: number | null,
): Refusal | undefined {
	const line = lineOf(state, owner.tenant, lineId);
	const fits =
		line !== undefined &&
		line.catalog === owner.catalog &&
		keepsNumber(state, line, number ?? line.head);
	return fits ? undefined : "missing";
}

function lineTable(state: State, tx: Transaction): RecordTable<"line"> {
	return {
		rows: state.lines,
		needs: (line) => {
			const { tenant, catalog, parent } = line;
			if (catalogById(state, tenant, catalog) === undefined) return "missing";
			if (parent === null) return undefined;
			return isBelow(state, line, parent.line)
				? "missing"
				: needsNumber(state, line, parent.line, parent.number);
		},
		asStored: (line, before) => ({
			...line,
			catalog: before?.catalog ?? line.catalog,
			filter: before === undefined ? line.filter : before.filter,
			head: before?.head ?? 0,
			headTimeMicros: before?.headTimeMicros ?? startTimeMicros(state, line),
		}),
		isInUse: (line) => isLineInUse(state, line),
		inserted: ({ tenant, id }) =>
			tx.set(state.contents, idOf(tenant, id), {
				histories: new Map(),
				keys: [],
				commits: [],
				merges: [],
				dropped: new Map(),
			}),
		deleted: (line) => {
			passOn(state, tx, line);
			removeContent(state, tx, line);
		},
	};
}

/** Whether a ref names a line, another one forked from it or two merged it. */
export function isLineInUse(state: State, line: Line): boolean {
	const { tenant, id } = line;
	return (
		some(state.refs, (ref) => ref.tenant === tenant && ref.line === id) ||
		some(
			state.lines,
			(other) => other.tenant === tenant && other.parent?.line === id,
		) ||
		mergingLines(state, line) > 1
	);
}

/** Whether a line is another one or descends from it. */
function isBelow(state: State, ancestor: Line, line: Line["id"]): boolean {
	let id: Line["id"] | undefined = line;
	while (id !== undefined && id !== ancestor.id)
		id = lineOf(state, ancestor.tenant, id)?.parent?.line;
	return id !== undefined;
}

/** The time of what a new line shows first: of the commit that it forked at. */
function startTimeMicros(state: State, line: Line): number {
	if (line.parent === null) return 0;
	const id = idOf(line.tenant, line.parent.line);
	const content = state.contents.get(id);
	const commit = content && commitAt(content, line.parent.number);
	if (commit !== undefined) return commit.timeMicros;
	const parent = state.lines.get(id)?.value;
	return parent === undefined ? 0 : startTimeMicros(state, parent);
}

function idempotencyTable(state: State): RecordTable<"idempotency"> {
	return {
		rows: state.idempotency,
	};
}

function jobTable(state: State): RecordTable<"job"> {
	return {
		rows: state.jobs,
	};
}

function garbageTable(state: State): RecordTable<"garbage"> {
	return {
		rows: state.garbage,
	};
}

function reportTable(state: State): RecordTable<"report"> {
	return {
		rows: state.reports,
	};
}

function mergeOperationTable(
	state: State,
	tx: Transaction,
): RecordTable<"mergeOperation"> {
	return {
		rows: state.mergeOperations,
		needs: ({ tenant, catalog }) =>
			catalogById(state, tenant, catalog) === undefined ? "missing" : undefined,
		deleted: (operation) => dropConflicts(state, tx, operation),
	};
}

function dropConflicts(
	state: State,
	tx: Transaction,
	{ tenant, id }: MergeOperation,
): void {
	for (const [key, { value }] of state.mergeConflicts)
		if (value.tenant === tenant && value.operation === id)
			tx.delete(state.mergeConflicts, key);
}

function mergeConflictTable(state: State): RecordTable<"mergeConflict"> {
	return {
		rows: state.mergeConflicts,
		needs: ({ tenant, operation }) =>
			state.mergeOperations.has(idOf(tenant, operation))
				? undefined
				: "missing",
	};
}

function some<Value>(
	rows: Rows<Value>,
	test: (value: Value) => boolean,
): boolean {
	for (const { value } of rows.values()) if (test(value)) return true;
	return false;
}
