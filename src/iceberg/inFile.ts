import type { Properties } from "../model/registry.ts";
import {
	normaliseSnapshot,
	normaliseSnapshotLogEntry,
} from "./decodeSnapshot.ts";
import { rememberInFile } from "./elementTexts.ts";
import { asRecord, asStringMap, type JsonRecord, malformed } from "./fields.ts";
import { JsonBytes } from "./json.ts";
import { lazyArray } from "./lazyArray.ts";
import { elementsIn, type Range } from "./skim.ts";
import { stamp } from "./stamp.ts";
import type { Snapshot, SnapshotLogEntry, TableMetadata } from "./types.ts";

/*
 * What a table's history holds, as it lies in a file that was checked before:
 * read only where somebody asks, and kept as bytes, because nearly all of it is
 * only ever carried from one file to the next. What is read is not kept: the
 * bytes are a fraction of the objects they stand for.
 */

export class SnapshotInFile extends JsonBytes implements Snapshot {
	#id: bigint | undefined;

	/** Asked of every snapshot by some updates, so it is kept. */
	get "snapshot-id"(): bigint {
		this.#id ??= idAtStart(this) ?? this.parsed()["snapshot-id"];
		return this.#id;
	}
	get "parent-snapshot-id"(): bigint | undefined {
		return this.parsed()["parent-snapshot-id"];
	}
	get "sequence-number"(): bigint | undefined {
		return this.parsed()["sequence-number"];
	}
	get "timestamp-ms"(): number {
		return this.parsed()["timestamp-ms"];
	}
	get summary(): Properties | undefined {
		const { summary } = this.parsed();
		return summary && asStringMap({ ...summary }, "summary");
	}
	get "manifest-list"(): string | undefined {
		return this.parsed()["manifest-list"];
	}
	get manifests(): readonly string[] | undefined {
		return this.parsed().manifests;
	}
	get "schema-id"(): number | undefined {
		return this.parsed()["schema-id"];
	}
	get "first-row-id"(): bigint | undefined {
		return this.parsed()["first-row-id"];
	}
	get "added-rows"(): bigint | undefined {
		return this.parsed()["added-rows"];
	}
	get "key-id"(): string | undefined {
		return this.parsed()["key-id"];
	}

	override parsed(): JsonRecord & Snapshot {
		const record = asRecord(super.parsed(), "snapshot");
		normaliseSnapshot(record);
		return record;
	}
}

class LogEntryInFile extends JsonBytes implements SnapshotLogEntry {
	get "timestamp-ms"(): number {
		return this.parsed()["timestamp-ms"];
	}
	get "snapshot-id"(): bigint {
		return this.parsed()["snapshot-id"];
	}

	override parsed(): JsonRecord & SnapshotLogEntry {
		const record = asRecord(super.parsed(), "snapshot-log entry");
		normaliseSnapshotLogEntry(record);
		return record;
	}
}

export function snapshotInFile(
	bytes: Buffer,
	start: number,
	end: number,
): SnapshotInFile {
	return new SnapshotInFile(bytes, start, end);
}

export function logEntryInFile(
	bytes: Buffer,
	start: number,
	end: number,
): LogEntryInFile {
	return new LogEntryInFile(bytes, start, end);
}

/** Where arrays lie that nothing was taken from or added to since they were read. */
const whole = stamp<JsonBytes>();

/**
 * An array that lies in a file. It is told apart into its elements at the first
 * look at it.
 * @throws PangolinError `bad-request` at that look, when they are no objects
 */
export function lyingIn<Element extends JsonBytes>(
	bytes: Buffer,
	range: Range,
	newElement: (bytes: Buffer, start: number, end: number) => Element,
): readonly Element[] {
	const { start, end } = range;
	const array = lazyArray(() => {
		const offsets = elementsIn(bytes, range);
		if (offsets === undefined)
			throw malformed("Cannot parse an array of objects in a metadata file");
		const elements: Element[] = [];
		for (let k = 0; k + 1 < offsets.length; k += 2)
			elements.push(newElement(bytes, offsets[k] ?? 0, offsets[k + 1] ?? 0));
		return elements;
	});
	rememberInFile(array, bytes.subarray(start, end));
	whole.set(array, new JsonBytes(bytes, start, end));
	return array;
}

const ID_FIRST = Buffer.from('{"snapshot-id":');
const MAX_ID_DIGITS = 19;
const ZERO = 0x30;
const NINE = 0x39;
const COMMA = 0x2c;
const CLOSE_OBJECT = 0x7d;

/** The id where it comes first, as this server and others write it; undefined where it must be looked for. */
function idAtStart({ bytes, start }: JsonBytes): bigint | undefined {
	for (let i = 0; i < ID_FIRST.length; i++)
		if (bytes[start + i] !== ID_FIRST[i]) return undefined;
	const first = start + ID_FIRST.length;
	let end = first;
	while ((bytes[end] ?? 0) >= ZERO && (bytes[end] ?? 0) <= NINE) end++;
	const isWhole = bytes[end] === COMMA || bytes[end] === CLOSE_OBJECT;
	if (!isWhole || end === first || end - first > MAX_ID_DIGITS)
		return undefined;
	return BigInt(bytes.toString("latin1", first, end));
}

/**
 * What of metadata lies in files, unread.
 * @returns its own size, and that of the files it keeps in memory: when most of
 * a history was removed, what is left may still hold all of its old file
 */
export function inFileBytes(metadata: TableMetadata): {
	readonly unread: number;
	readonly held: number;
} {
	const files = new Set<Buffer>();
	let last: Buffer | undefined;
	let unread = 0;
	for (const array of [metadata.snapshots, metadata["snapshot-log"]]) {
		const all = whole.get(array);
		for (const element of all === undefined ? array : [all]) {
			if (!(element instanceof JsonBytes)) continue;
			// Neighbours nearly always lie in the same file.
			if (element.bytes !== last) files.add(element.bytes);
			last = element.bytes;
			unread += element.end - element.start;
		}
	}
	let held = 0;
	for (const file of files) held += file.length;
	return { unread, held };
}
