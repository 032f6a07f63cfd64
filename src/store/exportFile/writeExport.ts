import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { PangolinError } from "../../model/errors.ts";
import type { MovedRow } from "../moving.ts";
import type { ExportHeader } from "./format.ts";
import { endLine, headerLine, rowLine, startTally } from "./format.ts";
import type { Sign } from "./signing.ts";

export interface WriteOptions {
	readonly header: ExportHeader;
	readonly sign: Sign | undefined;
	/** Rows so far. */
	onRows(done: number): void;
}

/** Lines are compressed in pieces of about this many characters. */
const PIECE = 64 * 1024;

/**
 * Writes an export, readable by its owner only: warehouses hold secrets. It
 * appears under its name when it is whole and durable, or not at all.
 * @returns how many rows it has
 * @throws PangolinError `already-exists`, and errors of the system
 */
export async function writeExport(
	target: string,
	rows: AsyncIterable<MovedRow>,
	options: WriteOptions,
): Promise<number> {
	refuseExisting(target);
	const partial = `${target}.partial`;
	await rm(partial, { force: true });
	const file = await open(partial, "wx", 0o600);
	try {
		const tally = startTally();
		await pipeline(
			Readable.from(inPieces(linesOf(rows, options, tally))),
			createGzip(),
			file.createWriteStream({ flush: true, autoClose: true }),
		);
		refuseExisting(target);
		await rename(partial, target);
		await syncFolder(dirname(target));
		return tally.total;
	} catch (error) {
		await rm(partial, { force: true });
		throw error;
	} finally {
		await file.close();
	}
}

function refuseExisting(target: string): void {
	if (existsSync(target))
		throw new PangolinError("already-exists", `${target} exists already`);
}

async function* linesOf(
	rows: AsyncIterable<MovedRow>,
	{ header, sign, onRows }: WriteOptions,
	tally: ReturnType<typeof startTally>,
): AsyncGenerator<string> {
	const hashed = (line: string) => {
		tally.add(line);
		return line;
	};
	yield hashed(headerLine(header));
	let done = 0;
	for await (const row of rows) {
		tally.count(row.part);
		yield hashed(rowLine(row));
		onRows(++done);
	}
	const sha256 = tally.digest();
	const signature = sign?.(sha256) ?? null;
	yield endLine({ rows: tally.rows, sha256, signature });
}

async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
	let piece = "";
	for await (const line of lines) {
		piece += `${line}\n`;
		if (piece.length < PIECE) continue;
		yield piece;
		piece = "";
	}
	if (piece !== "") yield piece;
}

async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
