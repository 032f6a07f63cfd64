import { inFileBytes } from "../iceberg/inFile.ts";
import type { TableMetadata, ViewMetadata } from "../iceberg/types.ts";
import type { Bytes } from "../model/bytes.ts";
import type { AssetId } from "../model/ids.ts";

/**
 * Metadata files by their canonical location. They are immutable, so what is
 * found here is never stale; the bound is in bytes, what was not used for long goes
 * first. A file is held parsed (for commits) and as the finished answer (for
 * loads), so that a warm load neither parses nor serialises.
 */
export interface MetadataCache {
	/** Undefined too when the file was loaded for another asset. */
	get(location: string, asset: AssetId): CachedFile | undefined;
	/** From the cache, or by `read`; callers that come while it is read share it. */
	load(
		location: string,
		asset: AssetId,
		read: () => Promise<CachedFile>,
	): Promise<CachedFile>;
	put(location: string, file: CachedFile): void;
	forget(location: string): void;
	/** What the files held now weigh. */
	bytes(): number;
}

export type CachedFile =
	| ({ readonly kind: "table" } & Cached<TableMetadata>)
	| ({ readonly kind: "view" } & Cached<ViewMetadata>);

export interface Cached<Metadata> {
	readonly asset: AssetId;
	readonly metadata: Metadata;
	/** The file's location as the client spells it; the canonical one is the key. */
	readonly metadataLocation: string;
	readonly body: Bytes;
	readonly etag: string;
	/** Other answers made of the same file, once somebody asked for them. */
	readonly variants: ReadonlyMap<Variant, Rendering>;
}

/** With referenced snapshots only; with `gc.enabled=false`; both. */
export type Variant = "refs" | "guarded" | "guarded-refs";

export interface Rendering {
	readonly body: Bytes;
	readonly etag: string;
}

/** Parsed metadata with the texts it keeps was measured at 2.4 (large) to 4.1 (small) times its JSON. */
const PARSED_WEIGHT = 4;

export function weightOf(file: CachedFile): number {
	const { body, variants } = file;
	const { unread, held } =
		file.kind === "table" ? inFileBytes(file.metadata) : NOTHING_IN_FILE;
	let weight = body.length + held + (body.length - unread) * PARSED_WEIGHT;
	for (const other of variants.values())
		if (other.body !== body) weight += other.body.length;
	return weight;
}

const NOTHING_IN_FILE = { unread: 0, held: 0 };

interface Held {
	readonly file: CachedFile;
	readonly weight: number;
	isUsed: boolean;
}

/** `limitBytes` 0: nothing is kept. */
export function openMetadataCache(limitBytes: number): MetadataCache {
	const files = new Map<string, Held>();
	const pending = new Map<string, Promise<CachedFile>>();
	let total = 0;

	function forget(location: string): void {
		const held = files.get(location);
		if (held === undefined) return;
		total -= held.weight;
		files.delete(location);
	}

	function put(location: string, file: CachedFile): void {
		forget(location);
		const weight = weightOf(file);
		if (weight > limitBytes) return;
		files.set(location, { file, weight, isUsed: false });
		total += weight;
		makeRoom();
	}

	/** What was used since it came this far gets a second round. */
	function makeRoom(): void {
		for (const [location, held] of files) {
			if (total <= limitBytes) break;
			if (held.isUsed) {
				held.isUsed = false;
				files.delete(location);
				files.set(location, held);
			} else forget(location);
		}
	}

	function get(location: string, asset: AssetId): CachedFile | undefined {
		const held = files.get(location);
		if (held === undefined || held.file.asset !== asset) return undefined;
		held.isUsed = true;
		return held.file;
	}

	async function load(
		location: string,
		asset: AssetId,
		read: () => Promise<CachedFile>,
	): Promise<CachedFile> {
		const held = get(location, asset);
		if (held !== undefined) return held;
		const key = `${asset} ${location}`;
		const running = pending.get(key);
		if (running !== undefined) return running;
		const reading = read();
		pending.set(key, reading);
		try {
			const file = await reading;
			put(location, file);
			return file;
		} finally {
			pending.delete(key);
		}
	}

	return { get, load, put, forget, bytes: () => total };
}
