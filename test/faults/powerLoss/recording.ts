/** One change to the files below the recorded folder, as the shim noted it. */
export interface Entry {
	readonly kind:
		| "create"
		| "write"
		| "truncate"
		| "sync"
		| "link"
		| "rename"
		| "unlink"
		| "mkdir"
		| "rmdir";
	/** Relative to the recorded folder; `""` is the folder itself. */
	readonly path: string;
	/** Of `link` and `rename`: the new name, relative as well. */
	readonly to: string;
	readonly inode: bigint;
	/** Of `write`: where; of `truncate`: the new size. Bytes. */
	readonly offset: number;
	readonly data: Buffer;
	/** Size of the log with this entry in it: an acknowledgement seen later than that saw this entry. */
	readonly end: number;
}

const HEAD_BYTES = 32;

const KINDS: Readonly<Record<string, Entry["kind"]>> = {
	C: "create",
	W: "write",
	T: "truncate",
	S: "sync",
	L: "link",
	R: "rename",
	U: "unlink",
	M: "mkdir",
	D: "rmdir",
};

/** Reads what test/faults/shim/shim.c wrote; `root` is its SHIM_ROOT. */
export function readRecording(log: Buffer, root: string): Entry[] {
	const entries: Entry[] = [];
	for (let at = 0; at < log.length; ) {
		const kind = KINDS[String.fromCharCode(log.readUInt8(at))];
		if (kind === undefined) throw new Error(`no such entry at byte ${at}`);
		const pathBytes = log.readUInt32LE(at + 4);
		const inode = log.readBigUInt64LE(at + 8);
		const offset = Number(log.readBigUInt64LE(at + 16));
		const dataBytes = Number(log.readBigUInt64LE(at + 24));
		const pathAt = at + HEAD_BYTES;
		const dataAt = pathAt + pathBytes;
		const path = log.toString("utf8", pathAt, dataAt);
		const data = log.subarray(dataAt, dataAt + dataBytes);
		at = dataAt + dataBytes;
		const named = kind === "link" || kind === "rename";
		entries.push({
			kind,
			path: relative(path, root),
			to: named ? relative(data.toString("utf8"), root) : "",
			inode,
			offset,
			data: named ? Buffer.alloc(0) : data,
			end: at,
		});
	}
	return entries;
}

function relative(path: string, root: string): string {
	return path === root ? "" : path.slice(root.length + 1);
}

/**
 * The recording as it would be had the program synced less: each entry for
 * which `forgotten` holds is left out. This is how bugs are planted.
 */
export function withoutSyncs(
	entries: readonly Entry[],
	forgotten: (entry: Entry, index: number) => boolean,
): Entry[] {
	return entries.filter(
		(entry, index) => entry.kind !== "sync" || !forgotten(entry, index),
	);
}
