import type { FileStorage, Location } from "../files/contract.ts";
import { parseJson } from "../iceberg/json.ts";
import { plainMetadata } from "../iceberg/metadataFile.ts";
import {
	liveFilesIn,
	manifestsIn,
	type Reached,
	reachedBy,
} from "../iceberg/reached.ts";
import { PangolinError } from "../model/errors.ts";
import { readAvro, Unreadable } from "./avro.ts";
import { spelledPlace } from "./places.ts";

/** What only forgotten metadata reached, in the order in which it is to be deleted. */
export interface Unreached {
	readonly data: readonly Location[];
	readonly manifests: readonly Location[];
	readonly manifestLists: readonly Location[];
}

/** Such a path may be another spelling of a file that is to go. */
const LEADS_ELSEWHERE = /\/\.{1,2}(?:\/|$)/;

const NOTHING: Unreached = { data: [], manifests: [], manifestLists: [] };

export interface MetadataOfTable {
	/** Metadata files that the history has forgotten; one that is gone reaches nothing. */
	readonly forgotten: readonly Location[];
	/** All others of the table, whoever shows them. */
	readonly remaining: readonly string[];
}

/**
 * Finds the files that forgotten metadata of a table reached and no remaining
 * metadata reaches. Everything is compared by its canonical location. Whatever is
 * not known keeps all files: metadata or an Avro file that cannot be read.
 * @param alive called before each file that is read
 * @throws Unreadable
 */
export async function findUnreached(
	storage: FileStorage,
	{ forgotten, remaining }: MetadataOfTable,
	alive: () => Promise<void>,
): Promise<Unreached> {
	const read: Reader = { storage, alive };
	const lists = emptySides();
	const manifests = emptySides();
	const statistics = emptySides();
	const data = emptySides();
	for (const location of forgotten) {
		const reached = await readReached(read, location);
		offer(read, lists, reached?.manifestLists);
		offer(read, manifests, reached?.manifests);
		offer(read, statistics, reached?.statistics);
	}
	for (const [i, location] of remaining.entries()) {
		// Most of what is left after the newest metadata was deleted by an engine's own expiry.
		if (i === 1) await leaveGone(read, lists);
		if (
			[lists, manifests, statistics].every(({ offered }) => offered.size === 0)
		)
			return NOTHING;
		const place = spelledPlace(storage, location);
		const reached = place && (await readReached(read, place));
		if (reached === undefined) throw missing(location);
		if (reached.keepsFiles) throw new Unreadable("gc.enabled is false");
		keep(read, lists, reached.manifestLists);
		keep(read, manifests, reached.manifests);
		keep(read, statistics, reached.statistics);
	}
	await follow(read, lists, manifests, manifestsIn);
	await follow(read, manifests, data, liveFilesIn);
	return {
		data: [...placesOf(data), ...placesOf(statistics)],
		manifests: placesOf(manifests),
		manifestLists: placesOf(lists),
	};
}

interface Reader {
	readonly storage: FileStorage;
	alive(): Promise<void>;
}

/** Of one kind of file: what may go, and what something reaches. */
interface Sides {
	/** What each place is: undefined when it is none of this storage's. */
	readonly offered: Map<string, Location | undefined>;
	readonly kept: Map<string, Location | undefined>;
}

function emptySides(): Sides {
	return { offered: new Map(), kept: new Map() };
}

function placesOf({ offered }: Sides): Location[] {
	return [...offered.values()].filter((place) => place !== undefined);
}

function offer(
	{ storage }: Reader,
	{ offered, kept }: Sides,
	files: readonly string[] = [],
): void {
	for (const file of files) {
		const place = spelledPlace(storage, file);
		if (!kept.has(place ?? file)) offered.set(place ?? file, place);
	}
}

function keep(
	{ storage }: Reader,
	{ offered, kept }: Sides,
	files: readonly string[],
): void {
	for (const file of files) {
		const place = spelledPlace(storage, file);
		if (place === undefined && LEADS_ELSEWHERE.test(file))
			throw new Unreadable(`${file} may be any file`);
		kept.set(place ?? file, place);
		offered.delete(place ?? file);
	}
}

/** What is gone names nothing, and need not be searched for. */
async function leaveGone(
	{ storage, alive }: Reader,
	{ offered }: Sides,
): Promise<void> {
	for (const [file, place] of offered) {
		await alive();
		if (place !== undefined && !(await storage.exists(place)))
			offered.delete(file);
	}
}

/** From files of one kind to those that they name. What is gone cannot be read by anybody and names nothing. */
async function follow(
	read: Reader,
	from: Sides,
	to: Sides,
	namesOf: (records: readonly unknown[]) => string[],
): Promise<void> {
	for (const [file, place] of from.offered)
		offer(read, to, await readNames(read, file, place, namesOf));
	for (const [file, place] of from.kept) {
		if (to.offered.size === 0) return;
		keep(read, to, await readNames(read, file, place, namesOf));
	}
}

async function readNames(
	read: Reader,
	file: string,
	place: Location | undefined,
	namesOf: (records: readonly unknown[]) => string[],
): Promise<string[]> {
	if (place === undefined)
		throw new Unreadable(`${file} is not in the warehouse`);
	const bytes = await readFile(read, place);
	if (bytes === undefined) return [];
	try {
		return namesOf(await readAvro(bytes));
	} catch (error) {
		if (!(error instanceof Unreadable) && !(error instanceof TypeError))
			throw error;
		throw new Unreadable(`${file} cannot be read: ${error.message}`, {
			cause: error,
		});
	}
}

async function readReached(
	read: Reader,
	location: Location,
): Promise<Reached | undefined> {
	const bytes = await readFile(read, location);
	if (bytes === undefined) return undefined;
	try {
		const text = plainMetadata(location, bytes).toString("utf8");
		return reachedBy(parseJson(text));
	} catch (error) {
		if (!(error instanceof PangolinError)) throw error;
		throw new Unreadable(error.message, { cause: error });
	}
}

async function readFile(
	{ storage, alive }: Reader,
	location: Location,
): Promise<Buffer | undefined> {
	await alive();
	try {
		return await storage.read(location);
	} catch (error) {
		if (error instanceof PangolinError && error.code === "file-not-found")
			return undefined;
		throw error;
	}
}

function missing(location: string): Unreadable {
	return new Unreadable(`${location} is missing, although it is needed`);
}
