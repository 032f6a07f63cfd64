import type { FileStorage } from "../files/contract.ts";
import { PangolinError } from "../model/errors.ts";
import type { AssetId } from "../model/ids.ts";
import type { Identifier } from "../model/names.ts";
import type { Located } from "../store/contract.ts";
import type { NamespaceRow } from "./entries.ts";
import { withoutTrailingSlash } from "./locationRules.ts";

const MAX_SEGMENT_LENGTH = 64;
const MAX_NAMESPACE_LENGTH = 512;

/**
 * Where the files of a new table or view go when nobody says it:
 * `<base>/<namespace…>/<name>-<id>`, where the base is the catalog's storage
 * location or else the warehouse's root, or just `<location>/<name>-<id>` in a
 * namespace that has a `location`. The id makes the folder its own for ever; the
 * names are for people, so what is no letter, digit, `_`, `-` or `.` becomes `_`.
 * @throws PangolinError `bad-request` when the catalog has no warehouse
 */
export function defaultLocation(
	storage: FileStorage,
	located: Located,
	namespace: NamespaceRow | undefined,
	identifier: Identifier,
	asset: AssetId,
): string {
	const folder = `${segmentOf(identifier.name)}-${asset}`;
	const ownLocation = namespace?.entry.properties.location;
	if (ownLocation !== undefined && ownLocation !== "")
		return `${withoutTrailingSlash(ownLocation)}/${folder}`;
	const base = located.catalog.storageLocation ?? storage.roots[0];
	if (base === undefined) {
		throw new PangolinError(
			"bad-request",
			`Catalog ${located.catalog.name} has no warehouse: it holds namespaces only`,
		);
	}
	const levels = foldersOf(identifier.namespace);
	return [withoutTrailingSlash(base), ...levels, folder].join("/");
}

/** As many levels as fit. */
function foldersOf(namespace: readonly string[]): string[] {
	const levels: string[] = [];
	let length = 0;
	for (const level of namespace.map(segmentOf)) {
		length += level.length + 1;
		if (length > MAX_NAMESPACE_LENGTH) break;
		levels.push(level);
	}
	return levels;
}

function segmentOf(name: string): string {
	return name
		.slice(0, MAX_SEGMENT_LENGTH)
		.replaceAll(/[^A-Za-z0-9_.-]/g, "_")
		.replaceAll(/^\.|\.$/g, "_");
}
