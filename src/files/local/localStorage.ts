import * as fs from "node:fs";
import { lstat } from "node:fs/promises";
import { promisify } from "node:util";
import { PangolinError } from "../../model/errors.ts";
import type { FileStorage, Location } from "../contract.ts";
import { canonicalBelow } from "../roots.ts";
import { checkConfined } from "./confinement.ts";
import { fileNotFound, storageError } from "./errno.ts";
import { listFiles } from "./list.ts";
import { openRoots } from "./localRoots.ts";
import { type Place, placeOf } from "./place.ts";
import { removeFiles } from "./remove.ts";
import { localSpelling } from "./spelling.ts";
import { openWriter } from "./writer.ts";

export interface LocalStorageOptions {
	/** Absolute folders; the first is where default locations go. Missing ones are made. */
	readonly roots: readonly string[];
	/** A larger file is no metadata file; reading it would only fill the memory. */
	readonly maxReadBytes?: number | undefined;
}

const MAX_READ_BYTES = 512 * 1024 * 1024;

/** A pipe in the warehouse must not make the server wait for its writer, nor a link lead it elsewhere. */
const READ_FLAGS =
	fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

const opened = promisify(fs.open);
const readInto = promisify(fs.read);

/**
 * Files in folders of this machine. Of two names for one folder at most one is
 * accepted: links below a root are refused on every access. Who can change
 * the folders themselves at the same moment can still redirect an access;
 * the warehouse's folders belong to the server's user and to the engines' only.
 * @throws PangolinError `bad-request` when a root cannot be used
 */
export async function openLocalStorage(
	options: LocalStorageOptions,
): Promise<FileStorage> {
	const localRoots = await openRoots(options.roots);
	const roots = localRoots.map(({ location }) => location);
	const maxBytes = options.maxReadBytes ?? MAX_READ_BYTES;
	const writer = openWriter();
	const place = (location: Location) => placeOf(localRoots, location);

	return {
		roots,
		canonical: (location) =>
			canonicalBelow(roots, localSpelling(location), location),
		async write(location, bytes) {
			const { root, path } = place(location);
			await writer.write(location, { root, target: path }, bytes);
		},
		read: (location) =>
			translated(location, () => readWhole(place(location), maxBytes)),
		exists: (location) => translated(location, () => isFile(place(location))),
		list: (folder) => listFiles(place(folder)),
		remove: (locations) => removeFiles(locations.map(place)),
		close: () => writer.close(),
	};
}

async function translated<Result>(
	location: Location,
	run: () => Promise<Result>,
): Promise<Result> {
	try {
		return await run();
	} catch (error) {
		throw storageError(error, location);
	}
}

async function readWhole(place: Place, maxBytes: number): Promise<Buffer> {
	if (!(await checkConfined(place.path, place.location)))
		throw fileNotFound(place.location);
	const handle = await opened(place.path, READ_FLAGS);
	try {
		// Of an open file these answer at once: a hop to another thread costs more.
		const stats = fs.fstatSync(handle);
		if (!stats.isFile()) throw fileNotFound(place.location);
		if (stats.size > maxBytes)
			throw new PangolinError(
				"validation-failed",
				`File is larger than ${maxBytes} bytes: ${place.location}`,
			);
		return await readBytes(handle, stats.size);
	} finally {
		fs.closeSync(handle);
	}
}

async function readBytes(handle: number, size: number): Promise<Buffer> {
	// Whoever keeps a part of the file must not keep a pool of others' bytes with it.
	const bytes = Buffer.allocUnsafeSlow(size);
	for (let done = 0; done < size; ) {
		const { bytesRead } = await readInto(
			handle,
			bytes,
			done,
			size - done,
			done,
		);
		if (bytesRead === 0) return bytes.subarray(0, done);
		done += bytesRead;
	}
	return bytes;
}

async function isFile(place: Place): Promise<boolean> {
	if (!(await checkConfined(place.path, place.location))) return false;
	return (await lstat(place.path)).isFile();
}
