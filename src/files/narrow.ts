import type { FileStorage, Location } from "./contract.ts";
import { below, canonicalBelow } from "./roots.ts";

/**
 * A part of a storage: it accepts and touches only what lies below some of its
 * folders. Closing it does nothing; the storage is closed by who opened it.
 * @param folders canonical locations of `storage`; the first is where default locations go
 */
export function narrow(
	storage: FileStorage,
	folders: readonly Location[],
): FileStorage {
	const roots = folders.map((folder) =>
		folder.endsWith("/") ? folder : (`${folder}/` as Location),
	);
	const checked = (location: Location): Location => {
		below(roots, location);
		return location;
	};
	return {
		roots,
		canonical: (location) =>
			canonicalBelow(roots, storage.canonical(location), location),
		write: async (location, bytes) => storage.write(checked(location), bytes),
		read: async (location) => storage.read(checked(location)),
		exists: async (location) => storage.exists(checked(location)),
		list: (folder) => storage.list(checked(folder)),
		remove: async (locations) => storage.remove(locations.map(checked)),
		close: async () => {},
	};
}
