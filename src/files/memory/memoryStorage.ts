import { PangolinError } from "../../model/errors.ts";
import type { Clock } from "../../model/ids.ts";
import type { FileStorage, Location, StoredFile } from "../contract.ts";
import { below, canonicalBelow } from "../roots.ts";

interface Stored {
	readonly bytes: Buffer;
	readonly modifiedAtMillis: number;
}

/**
 * Files that live as long as the process, at locations that no client can read
 * or write.
 * @param root ends with `/`
 */
export function openMemoryStorage(
	root = "memory://warehouse/",
	clock: Clock = () => 0,
): FileStorage {
	const roots = [root as Location];
	const files = new Map<string, Stored>();
	let closed = false;
	const key = (location: Location) => root + below(roots, location).path;

	return {
		roots,
		canonical: (location) => canonicalBelow(roots, location, location),
		async write(location, bytes) {
			const at = key(location);
			if (closed)
				throw new PangolinError("unavailable", "File storage is closed");
			if (files.has(at))
				throw new PangolinError(
					"already-exists",
					`File already exists: ${location}`,
				);
			files.set(at, {
				bytes: Buffer.concat(
					bytes instanceof Uint8Array ? [bytes] : [...bytes],
				),
				modifiedAtMillis: clock(),
			});
		},
		async read(location) {
			const found = files.get(key(location));
			if (found === undefined)
				throw new PangolinError(
					"file-not-found",
					`File does not exist: ${location}`,
				);
			return Buffer.from(found.bytes);
		},
		exists: async (location) => files.has(key(location)),
		list: (folder) => list(files, `${key(folder).replace(/\/$/, "")}/`),
		async remove(locations) {
			for (const at of locations.map(key)) files.delete(at);
		},
		async close() {
			closed = true;
		},
	};
}

async function* list(
	files: ReadonlyMap<string, Stored>,
	prefix: string,
): AsyncGenerator<StoredFile> {
	for (const [at, { bytes, modifiedAtMillis }] of [...files])
		if (at.startsWith(prefix))
			yield {
				location: at as Location,
				sizeBytes: bytes.length,
				modifiedAtMillis,
			};
}
