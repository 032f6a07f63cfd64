import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ChainLink } from "./history.ts";

interface MetadataFile {
	readonly properties?: { readonly token?: string };
	readonly "metadata-log"?: readonly { readonly "metadata-file": string }[];
}

export function pathOf(location: string): string {
	return location.replace(/^file:\/*/, "/");
}

/**
 * The files that a table's pointer named, oldest first, read from disk: the
 * current one and those of its metadata log.
 * @throws when one of them is missing or is not complete JSON
 */
export async function readChain(current: string): Promise<ChainLink[]> {
	// Long logs name the same files again and again: one string each.
	const names = new Map<string, string>();
	const newest = await readLink(current, names);
	const links: ChainLink[] = [];
	for (const location of newest.log)
		links.push(await readLink(location, names));
	return [...links, newest];
}

async function readLink(
	location: string,
	names: Map<string, string>,
): Promise<ChainLink> {
	const file: MetadataFile = JSON.parse(
		await readFile(pathOf(location), "utf8"),
	);
	return {
		location,
		token: file.properties?.token,
		log: (file["metadata-log"] ?? []).map(({ "metadata-file": name }) => {
			const known = names.get(name) ?? name;
			names.set(name, known);
			return known;
		}),
	};
}

/** Files in the metadata folder that no link of the chain is. */
export async function orphansOf(
	chain: readonly ChainLink[],
): Promise<string[]> {
	const named = new Set(chain.map(({ location }) => pathOf(location)));
	const folder = dirname(pathOf(chain[0]?.location ?? ""));
	const names = await readdir(folder);
	return names
		.map((name) => join(folder, name))
		.filter((path) => !named.has(path));
}
