import { promisify } from "node:util";
import { inflateRaw, zstdDecompress } from "node:zlib";
import type { Schema, Type } from "avsc";

/** What a file names is not known: it cannot be read, or not to its end. */
export class Unreadable extends Error {
	override readonly name = "Unreadable";
}

type Avro = typeof import("avsc");

const CODECS: Readonly<Record<string, (block: Buffer) => Promise<Buffer>>> = {
	null: async (block) => block,
	deflate: promisify(inflateRaw),
	zstandard: promisify(zstdDecompress),
};

/**
 * The records of an Avro object container file, uncompressed or with the codecs
 * `deflate` and `zstandard`. 64-bit integers come as bigint. A file that is cut
 * off is refused, not read as far as it goes.
 * @throws Unreadable
 */
export async function readAvro(bytes: Buffer): Promise<unknown[]> {
	const { default: avro } = await import("avsc");
	try {
		return await recordsOf(avro, bytes);
	} catch (cause) {
		if (cause instanceof Unreadable) throw cause;
		throw new Unreadable("it is damaged", { cause });
	}
}

async function recordsOf(avro: Avro, bytes: Buffer): Promise<unknown[]> {
	const { schema, codec, sync, end } = headerOf(avro, bytes);
	const decompress = Object.hasOwn(CODECS, codec) ? CODECS[codec] : undefined;
	if (decompress === undefined)
		throw new Unreadable(`its codec ${JSON.stringify(codec)} is not known`);
	const type = typeOf(avro, schema);
	const count = avro.Type.forSchema("long");
	const records: unknown[] = [];
	for (let at = end; at < bytes.length; ) {
		const amount = decode<number>(count, bytes, at);
		const size = decode<number>(count, bytes, amount.offset);
		const last = size.offset + size.value;
		at = last + sync.length;
		if (size.value < 0 || at > bytes.length) throw cutOff();
		if (!bytes.subarray(last, at).equals(sync)) throw cutOff();
		const block = await decompress(bytes.subarray(size.offset, last));
		readBlock(type, block, amount.value, records);
	}
	return records;
}

function readBlock(
	type: Type,
	block: Buffer,
	count: number,
	into: unknown[],
): void {
	let at = 0;
	for (let i = 0; i < count; i++) {
		const record = decode<unknown>(type, block, at);
		into.push(record.value);
		at = record.offset;
	}
	if (at !== block.length)
		throw new Unreadable("a block is longer than it says");
}

const HEADER = {
	type: "record",
	name: "Header",
	fields: [
		{ name: "magic", type: { type: "fixed", name: "Magic", size: 4 } },
		{ name: "meta", type: { type: "map", values: "bytes" } },
		{ name: "sync", type: { type: "fixed", name: "Sync", size: 16 } },
	],
} as const;

function headerOf(avro: Avro, bytes: Buffer) {
	const header = decode<{
		readonly magic: Uint8Array;
		readonly meta: Readonly<Record<string, Uint8Array>>;
		readonly sync: Uint8Array;
	}>(avro.Type.forSchema(HEADER as unknown as Schema), bytes, 0);
	const { magic, meta, sync } = header.value;
	if (Buffer.from(magic).toString("latin1") !== "Obj\u0001")
		throw new Unreadable("it is not an Avro file");
	return {
		schema: JSON.parse(textOf(meta["avro.schema"])) as Schema,
		codec:
			meta["avro.codec"] === undefined ? "null" : textOf(meta["avro.codec"]),
		sync: Buffer.from(sync),
		end: header.offset,
	};
}

function textOf(bytes: Uint8Array | undefined): string {
	return Buffer.from(bytes ?? []).toString("utf8");
}

function decode<Value>(
	type: Type,
	bytes: Buffer,
	at: number,
): { readonly value: Value; readonly offset: number } {
	const { value, offset } = type.decode(bytes, at);
	if (offset < 0) throw cutOff();
	return { value, offset };
}

function cutOff(): Unreadable {
	return new Unreadable("it is cut off");
}

/** As the schema says, with whole 64-bit integers. */
function typeOf(avro: Avro, schema: Schema): Type {
	const long = avro.types.LongType.__with({
		fromBuffer: (value: Buffer) => value.readBigInt64LE(),
		toBuffer: (value: bigint) => {
			const buffer = Buffer.alloc(8);
			buffer.writeBigInt64LE(value);
			return buffer;
		},
		fromJSON: BigInt,
		toJSON: Number,
		isValid: (value: unknown) => typeof value === "bigint",
		compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
	}) as unknown as Type;
	return avro.Type.forSchema(schema, { registry: { long } });
}
