import { createHash, type Hash } from "node:crypto";
import { PangolinError } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { MovedRow, Part } from "../moving.ts";
import { PARTS } from "../moving.ts";
import { columnsOf } from "../sql/parts.ts";
import type { SqlValue } from "../sql/values.ts";

/**
 * An export is a gzip file of lines, each a JSON list of a name and an object:
 *
 *     ["pangolin-export", {"format":1, "time":…, "tenant":…, "version":…}]
 *     [part, {column: value, …}]        the rows, in the order of moving.ts
 *     ["end", {"rows":{part: count, …}, "sha256":…, "signature":…}]
 *
 * The hash is over all bytes before the last line. The same rows give the same
 * lines, whatever store they come from.
 */
export const FORMAT = 1;

export interface ExportHeader {
	readonly format: typeof FORMAT;
	/** When the export began, ISO 8601. */
	readonly time: string;
	/** Whose rows these are; null: the whole store's. */
	readonly tenant: TenantId | null;
	/** Of the Pangolin that wrote it. */
	readonly version: string;
}

export interface ExportEnd {
	/** How many of each part, of those that have any. */
	readonly rows: Readonly<Record<string, number>>;
	/** Hexadecimal. */
	readonly sha256: string;
	readonly signature: ExportSignature | null;
}

export interface ExportSignature {
	readonly algorithm: "Ed25519";
	/** SHA-256 of the public key (SPKI, DER), base64. */
	readonly key: string;
	/** Base64. */
	readonly value: string;
}

const HEADER = "pangolin-export";
const END = "end";

export function headerLine(header: ExportHeader): string {
	return JSON.stringify([HEADER, header]);
}

export function endLine(end: ExportEnd): string {
	return JSON.stringify([END, end]);
}

export function rowLine(row: MovedRow): string {
	const { columns, params } = columnsOf<Part>(row.part);
	const values = params(row);
	const named = columns.map((column, i) => [column, values[i]] as const);
	return JSON.stringify([row.part, Object.fromEntries(named)]);
}

/** @throws PangolinError `bad-request` */
export function parseHeader(line: string): ExportHeader {
	const [name, value] = parseLine(line);
	if (name !== HEADER) throw notAnExport();
	const { format, time, tenant, version } = value;
	if (format !== FORMAT)
		throw new PangolinError(
			"bad-request",
			`the export has format ${format}, this Pangolin reads format ${FORMAT}; use the Pangolin that wrote it (${version}) or a newer one`,
		);
	return {
		format,
		time: String(time),
		tenant: tenant === null ? null : brandId(String(tenant)),
		version: String(version),
	};
}

export function notAnExport(cause?: unknown): PangolinError {
	return new PangolinError(
		"bad-request",
		"this is not a file that `pangolin export` wrote",
		{ cause },
	);
}

/** @throws PangolinError `bad-request` */
export function parseRowOrEnd(
	line: string,
): { readonly row: MovedRow } | { readonly end: ExportEnd } {
	const [name, value] = parseLine(line);
	// The fields of the end are compared with what was counted and hashed.
	if (name === END) return { end: value as unknown as ExportEnd };
	const part = PARTS.find((each) => each === name);
	if (part === undefined) throw damaged(`it has an unknown part`);
	const { columns, read } = columnsOf<Part>(part);
	return { row: read(columns.map((column) => scalar(value[column]))) };
}

function scalar(value: unknown): SqlValue {
	if (value === null || typeof value === "string") return value;
	if (typeof value === "number" && Number.isSafeInteger(value)) return value;
	throw damaged("a value has another type than its column");
}

export function damaged(how: string, cause?: unknown): PangolinError {
	return new PangolinError(
		"bad-request",
		`the export is damaged or not complete: ${how}; nothing was imported`,
		{ cause },
	);
}

function parseLine(line: string): [string, Readonly<Record<string, unknown>>] {
	let parsed: unknown;
	try {
		parsed = JSON.parse(line);
	} catch (error) {
		throw damaged("a line is not JSON", error);
	}
	if (!Array.isArray(parsed) || parsed.length !== 2) throw notAnExport();
	const [name, value] = parsed;
	if (typeof name !== "string" || typeof value !== "object" || value === null)
		throw notAnExport();
	return [name, value];
}

/** What is counted and hashed on both ways. */
export interface Tally {
	/** One line, without its end. */
	add(line: string | Uint8Array): void;
	count(part: Part): void;
	readonly rows: Readonly<Record<string, number>>;
	readonly total: number;
	/** Hexadecimal; ends the tally. */
	digest(): string;
}

export function startTally(): Tally {
	const hash: Hash = createHash("sha256");
	const rows: Record<string, number> = {};
	return {
		add(line) {
			hash.update(line);
			hash.update("\n");
		},
		count(part) {
			rows[part] = (rows[part] ?? 0) + 1;
		},
		rows,
		get total() {
			return Object.values(rows).reduce((sum, each) => sum + each, 0);
		},
		digest: () => hash.digest("hex"),
	};
}
