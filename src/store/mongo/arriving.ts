import { PangolinError } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import { compareUtf8 } from "../../model/names.ts";
import type { MovedContent, MovedRow } from "../moving.ts";
import { PARTS, requireOwned } from "../moving.ts";
import type { Claim, Line } from "../records.ts";
import { idOf } from "../rules/state.ts";
import type { RowCollection } from "./collections.ts";
import type { NewRow } from "./documents.ts";
import { claimRow } from "./documents.ts";
import { collectionOf, contentToRow, recordToRow } from "./movedRows.ts";

type ContentOfLine = Exclude<MovedContent, { part: "claim" }>;

export interface Arrived {
	readonly c: RowCollection;
	readonly row: NewRow;
}

/** Checks the rows of a load, one after the other, and makes derived rows of them. */
export interface Arrival {
	/** @throws PangolinError `bad-request` (sentence M5) */
	take(row: MovedRow): Arrived;
	/** Whether a claim that was taken is at, inside or above one of another table before it. */
	overlaps(claim: Claim): boolean;
	/** @throws PangolinError `bad-request` when a row names what never came */
	end(): void;
}

/**
 * Remembers what rows may name and the times of commits, and of the other rows
 * only the last one: they come by key, and what comes twice comes in a row.
 */
export function createArrival(tenant: TenantId | undefined): Arrival {
	const known = new Set<string>();
	const lines = linesOnTheWay();
	let last = { part: 0, k: "" };
	let above: Claim[] = [];

	function inOrder(row: MovedRow, k: string): void {
		const part = PARTS.indexOf(row.part);
		const order = part - last.part || compareUtf8(k, last.k);
		if (order <= 0) throw bad(`a ${row.part} comes twice, or out of order`);
		last = { part, k };
	}

	function remember(row: MovedRow): void {
		lines.remember(row);
		for (const name of givenBy(row)) {
			if (known.has(name)) throw bad(`a ${row.part} has the id of another one`);
			known.add(name);
		}
	}

	return {
		take(row) {
			requireOwned(tenant, row);
			for (const name of neededBy(row))
				if (!known.has(name)) throw missing(row.part);
			const made = lines.toRow(row);
			inOrder(row, made.k);
			remember(row);
			return { c: collectionOf(row.part), row: made };
		},
		overlaps(claim) {
			above = above.filter(({ location }) =>
				claim.location.startsWith(location),
			);
			const isTaken = above.some((other) => !isOfSame(other, claim));
			above.push(claim);
			return isTaken;
		},
		end: () => lines.end(),
	};
}

/** What rows of lines need of the lines and the commits before them. */
function linesOnTheWay() {
	const lines = new Map<string, Line>();
	const times = new Map<string, number[]>();

	function contentRow(row: ContentOfLine): NewRow {
		const id = idOf(row.tenant, row.line);
		const line = lines.get(id);
		if (line === undefined) throw missing(row.part);
		const time = row.part === "row" ? times.get(id)?.[row.number] : 0;
		return contentToRow(row, line, time ?? 0);
	}

	return {
		toRow(row: MovedRow): NewRow {
			if (row.part === "claim") return claimRow(row.claim);
			return "line" in row ? contentRow(row) : recordToRow(row);
		},
		remember(row: MovedRow): void {
			if (row.part === "line")
				lines.set(idOf(row.value.tenant, row.value.id), row.value);
			if (row.part !== "commit") return;
			const id = idOf(row.tenant, row.line);
			const ofLine = times.get(id) ?? [];
			ofLine[row.commit.number] = row.commit.timeMicros;
			times.set(id, ofLine);
		},
		end(): void {
			for (const { tenant, parent } of lines.values())
				if (parent !== null && !lines.has(idOf(tenant, parent.line)))
					throw missing("line");
		},
	};
}

function isOfSame(a: Claim, b: Claim): boolean {
	return a.tenant === b.tenant && a.asset === b.asset;
}

function bad(message: string): PangolinError {
	return new PangolinError("bad-request", message);
}

function missing(part: MovedRow["part"]): PangolinError {
	return bad(`a ${part} names what is missing`);
}

/** What must have come before. A parent may come after its line. */
function neededBy(row: MovedRow): string[] {
	switch (row.part) {
		case "warehouse":
			return [idOf("tenant", row.value.tenant)];
		case "catalog": {
			const { tenant, warehouse } = row.value;
			return [
				idOf("tenant", tenant),
				...(warehouse === null ? [] : [idOf("warehouse", tenant, warehouse)]),
			];
		}
		case "line":
		case "mergeOperation":
			return [idOf("catalog", row.value.tenant, row.value.catalog)];
		case "ref":
			return [idOf("line", row.value.tenant, row.value.line)];
		case "mergeConflict":
			return [idOf("operation", row.value.tenant, row.value.operation)];
		default:
			return [];
	}
}

/** What others may name; each has one row. */
function givenBy(row: MovedRow): string[] {
	switch (row.part) {
		case "tenant":
			return [idOf("tenant", row.value.id)];
		case "warehouse": {
			const { tenant, name, id } = row.value;
			return [
				idOf("warehouse", tenant, name),
				idOf("warehouse id", tenant, id),
			];
		}
		case "catalog":
			return [idOf("catalog", row.value.tenant, row.value.id)];
		case "line":
			return [idOf("line", row.value.tenant, row.value.id)];
		case "mergeOperation":
			return [idOf("operation", row.value.tenant, row.value.id)];
		default:
			return [];
	}
}
