import { deflateRawSync, zstdCompressSync } from "node:zlib";
import avro from "avsc";

const CODECS: Readonly<Record<string, (block: Buffer) => Buffer>> = {
	null: (block) => block,
	deflate: (block) => deflateRawSync(block),
	zstandard: (block) => zstdCompressSync(block),
	// Nothing reads this one.
	snappy: (block) => block,
};

const MANIFEST_LIST = {
	type: "record",
	name: "manifest_file",
	fields: [
		{ name: "manifest_path", type: "string" },
		{ name: "added_snapshot_id", type: "long" },
	],
} as const;

const MANIFEST = {
	type: "record",
	name: "manifest_entry",
	fields: [
		{ name: "status", type: "int" },
		{
			name: "data_file",
			type: {
				type: "record",
				name: "r2",
				fields: [
					{ name: "file_path", type: "string" },
					{ name: "record_count", type: ["null", "long"], default: null },
				],
			},
		},
	],
} as const;

/** The Avro file of a manifest list that names these manifests. */
export function manifestList(
	manifests: readonly string[],
	codec = "deflate",
): Buffer {
	const records = manifests.map((manifest_path, i) => ({
		manifest_path,
		added_snapshot_id: i,
	}));
	return container(MANIFEST_LIST, records, codec);
}

/** The Avro file of a manifest; a file that begins with `-` is one that was deleted. */
export function manifest(files: readonly string[], codec = "deflate"): Buffer {
	const entries = files.map((file) => ({
		status: file.startsWith("-") ? 2 : 1,
		data_file: { file_path: file.replace(/^-/, ""), record_count: 1 },
	}));
	return container(MANIFEST, entries, codec);
}

/** One block for each record. */
function container(
	schema: unknown,
	records: readonly unknown[],
	codec: string,
): Buffer {
	const type = avro.Type.forSchema(schema as avro.Schema);
	const header = avro.Type.forSchema({
		type: "record",
		name: "Header",
		fields: [
			{ name: "magic", type: { type: "fixed", name: "Magic", size: 4 } },
			{ name: "meta", type: { type: "map", values: "bytes" } },
			{ name: "sync", type: { type: "fixed", name: "Sync", size: 16 } },
		],
	} as unknown as avro.Schema);
	const sync = Buffer.alloc(16, 7);
	const meta = {
		"avro.schema": Buffer.from(JSON.stringify(schema)),
		"avro.codec": Buffer.from(codec),
	};
	const long = avro.Type.forSchema("long");
	const magic = Buffer.from("Obj\u0001", "latin1");
	const blocks = records.flatMap((record) => {
		const block = CODECS[codec]?.(type.toBuffer(record)) ?? Buffer.alloc(0);
		return [long.toBuffer(1), long.toBuffer(block.length), block, sync];
	});
	return Buffer.concat([header.toBuffer({ magic, meta, sync }), ...blocks]);
}
