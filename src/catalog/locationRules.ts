import type { FileStorage } from "../files/contract.ts";
import { locationsIn } from "../iceberg/locations.ts";
import type { TableMetadata } from "../iceberg/types.ts";
import { PangolinError } from "../model/errors.ts";
import type { Properties } from "../model/registry.ts";
import type { Metadata } from "./metadataKinds.ts";

/** Properties that send an engine's files to another folder than the table's own. */
const FOLDER_PROPERTIES = [
	"write.data.path",
	"write.metadata.path",
	"write.object-storage.path",
	"write.folder-storage.path",
] as const;

/**
 * Refuses metadata that names a place outside the warehouse, before any file is
 * touched. What the base named already was checked when it came.
 * @throws PangolinError `location-not-allowed`
 */
export function checkLocations<M extends Metadata>(
	storage: FileStorage,
	next: M,
	base: M | undefined,
): void {
	const fresh = base === undefined ? next : withoutKnown(next, base);
	for (const location of locationsIn(fresh)) storage.canonical(location);
	for (const folder of foldersOf(next)) checkFolder(storage, folder);
}

/** Whoever owns a folder may have all of it purged: a warehouse's root is nobody's. */
function checkFolder(storage: FileStorage, folder: string): void {
	const canonical = asFolder(storage.canonical(folder));
	if (storage.roots.some((root) => root.startsWith(canonical)))
		throw new PangolinError(
			"location-not-allowed",
			`Location is not allowed: ${JSON.stringify(folder)}: it holds a whole warehouse; name a folder in it`,
		);
}

function withoutKnown(next: Metadata, base: Metadata): Metadata {
	if (!isTable(next) || !isTable(base)) return next;
	return {
		...next,
		snapshots: added(next.snapshots, base.snapshots),
		statistics: added(next.statistics, base.statistics),
		"partition-statistics": added(
			next["partition-statistics"],
			base["partition-statistics"],
		),
		"metadata-log": added(next["metadata-log"], base["metadata-log"]),
	};
}

function isTable(metadata: Metadata): metadata is TableMetadata {
	return "table-uuid" in metadata;
}

/** Versions of metadata share the objects that did not change. */
function added<Item>(
	next: readonly Item[],
	base: readonly Item[],
): readonly Item[] {
	if (next === base) return [];
	const known = new Set(base);
	return next.filter((item) => !known.has(item));
}

/** The folders that a table or view writes to, in the client's spelling. */
function foldersOf(metadata: {
	readonly location: string;
	readonly properties: Properties;
}): string[] {
	const named = FOLDER_PROPERTIES.flatMap(
		(name) => metadata.properties[name] ?? [],
	);
	return [metadata.location, ...named];
}

/**
 * The folders that a table or view claims: canonical, each ending with `/`,
 * none inside another.
 */
export function claimedFolders(
	storage: FileStorage,
	metadata: Metadata,
): string[] {
	const folders = foldersOf(metadata).map((location) =>
		asFolder(storage.canonical(location)),
	);
	return [...new Set(folders)].filter(
		(folder) =>
			!folders.some((other) => other !== folder && folder.startsWith(other)),
	);
}

/** Those that the base did not claim. */
export function newlyClaimedFolders(
	storage: FileStorage,
	next: Metadata,
	base: Metadata,
): string[] {
	if (next.location === base.location && next.properties === base.properties)
		return [];
	const held = new Set(claimedFolders(storage, base));
	return claimedFolders(storage, next).filter((folder) => !held.has(folder));
}

function asFolder(location: string): string {
	return location.endsWith("/") ? location : `${location}/`;
}

/** As tables keep it: without the slashes at its end. */
export function withoutTrailingSlash(location: string): string {
	let end = location.length;
	while (location[end - 1] === "/") end--;
	const trimmed = location.slice(0, end);
	return trimmed === "" || /^[a-z0-9+.-]+:$/i.test(trimmed)
		? location
		: trimmed;
}

/**
 * A namespace's `location` says where its tables go by default.
 * @throws PangolinError `location-not-allowed`, `bad-request`
 */
export async function checkNamespaceLocation(
	storage: FileStorage,
	properties: Properties,
): Promise<void> {
	const { location } = properties;
	if (location === undefined) return;
	if (location === "")
		throw new PangolinError("bad-request", "Invalid location: it is empty");
	await refuseLinks(storage, [location]);
}

/**
 * Spelling alone does not show that a folder is reached through a link.
 * @throws PangolinError `location-not-allowed`
 */
export async function refuseLinks(
	storage: FileStorage,
	folders: readonly string[],
): Promise<void> {
	for (const folder of folders) await storage.exists(storage.canonical(folder));
}

/** Whether somebody chose a folder: default locations are nobody else's. */
export function hasChosenFolder(request: {
	readonly location?: string | null | undefined;
	readonly properties?: Properties | null | undefined;
}): boolean {
	const properties = request.properties ?? {};
	return (
		typeof request.location === "string" ||
		FOLDER_PROPERTIES.some((name) => Object.hasOwn(properties, name))
	);
}
