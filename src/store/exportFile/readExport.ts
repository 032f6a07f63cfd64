import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import type { MovedRow } from "../moving.ts";
import type { ExportEnd, ExportHeader } from "./format.ts";
import {
	damaged,
	notAnExport,
	parseHeader,
	parseRowOrEnd,
	startTally,
} from "./format.ts";
import type { Checked } from "./signing.ts";
import { checkSignature } from "./signing.ts";

/** A line that is longer is none of ours. */
const MAX_LINE_BYTES = 256 * 2 ** 20;

export type OnProgress = (done: number, total: number) => void;

/** An export that was read through: nothing is missing, and the signature is whose it should be. */
export interface CheckedExport {
	readonly header: ExportHeader;
	readonly total: number;
	readonly checked: Checked;
	/** Reads it again. Ends with an error when the file is not the checked one any more. */
	rows(): AsyncGenerator<MovedRow, void, void>;
}

/**
 * Reads an export through, every row of it, and checks its hash and, with a
 * public key (PEM), its signature.
 * @param onProgress gets compressed bytes
 * @throws PangolinError `bad-request` in one line, before anything has an effect
 */
export async function openExport(
	path: string,
	verifyKey: string | undefined,
	onProgress: OnProgress,
): Promise<CheckedExport> {
	const reading = readFrom(path, onProgress);
	let total = 0;
	for await (const _ of reading.rows()) total++;
	const { header, end } = reading.found();
	const checked = checkSignature(end, verifyKey);
	return {
		header,
		total,
		checked,
		async *rows() {
			const again = readFrom(path, () => undefined);
			yield* again.rows();
			if (again.found().end.sha256 !== end.sha256)
				throw damaged("it was changed while it was read");
		},
	};
}

/**
 * The rows of an export, read once. Whether nothing is missing is known at their
 * end: what is done with them before must be of no consequence.
 * @throws PangolinError `bad-request` at the end, when the file is damaged
 */
export function readRows(path: string): AsyncGenerator<MovedRow, void, void> {
	return readFrom(path, () => undefined).rows();
}

interface Reading {
	rows(): AsyncGenerator<MovedRow, void, void>;
	/** After the rows. */
	found(): { readonly header: ExportHeader; readonly end: ExportEnd };
}

function readFrom(path: string, onProgress: OnProgress): Reading {
	let header: ExportHeader | undefined;
	let end: ExportEnd | undefined;
	return {
		async *rows() {
			const tally = startTally();
			for await (const line of linesOf(path, onProgress)) {
				if (end !== undefined) throw damaged("something follows its end");
				if (header === undefined) {
					header = parseHeader(line.toString());
					tally.add(line);
					continue;
				}
				const parsed = parseRowOrEnd(line.toString());
				if ("end" in parsed) {
					({ end } = parsed);
					continue;
				}
				tally.add(line);
				tally.count(parsed.row.part);
				yield parsed.row;
			}
			if (end === undefined) throw damaged("its end is missing");
			if (end.sha256 !== tally.digest()) throw damaged("its hash is wrong");
			if (JSON.stringify(end.rows) !== JSON.stringify(tally.rows))
				throw damaged("it has another number of rows than it says");
		},
		found() {
			if (header === undefined || end === undefined) throw notAnExport();
			return { header, end };
		},
	};
}

/** The lines of a gzip file, without their ends. */
async function* linesOf(
	path: string,
	onProgress: OnProgress,
): AsyncGenerator<Buffer> {
	const { size } = await stat(path);
	const file = createReadStream(path);
	const plain = file.pipe(createGunzip());
	file.on("error", (error) => plain.destroy(error));
	let rest: Buffer[] = [];
	let restBytes = 0;
	try {
		for await (const chunk of plain as AsyncIterable<Buffer>) {
			let start = 0;
			for (;;) {
				const at = chunk.indexOf(0x0a, start);
				if (at < 0) break;
				yield Buffer.concat([...rest, chunk.subarray(start, at)]);
				rest = [];
				restBytes = 0;
				start = at + 1;
			}
			if (start < chunk.length) rest.push(chunk.subarray(start));
			restBytes += chunk.length - start;
			if (restBytes > MAX_LINE_BYTES) throw damaged("a line is too long");
			onProgress(file.bytesRead, size);
		}
	} catch (error) {
		throw translated(error);
	} finally {
		file.destroy();
	}
	if (rest.length > 0) throw damaged("its last line is not complete");
}

const ZLIB_ERRORS: ReadonlyMap<unknown, string> = new Map([
	["Z_BUF_ERROR", "its end is missing"],
	["Z_DATA_ERROR", "it is not what gzip wrote"],
	["ERR_TRAILING_JUNK_AFTER_STREAM_END", "something follows its end"],
]);

function translated(error: unknown): unknown {
	if (!(error instanceof Error) || !("code" in error)) return error;
	const how = ZLIB_ERRORS.get(error.code);
	return how === undefined ? error : damaged(how, error);
}
