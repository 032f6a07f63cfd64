import { PangolinError } from "../../model/errors.ts";
import { brandId } from "../../model/ids.ts";
import { pathKey } from "../../model/names.ts";
import type { EntryKey } from "../../store/records.ts";
import { displayKey } from "../../versioning/entries.ts";
import type { CatalogDeps } from "../deps.ts";
import { namespaceKey } from "../entries.ts";
import type { Scope } from "../scope.ts";
import type { Compared, ThreeStates } from "./comparing.ts";

/** Names with more dots are taken to have one between any two levels. */
const MAX_AMBIGUOUS_DOTS = 5;

/**
 * Refuses decisions on what neither side has: a mistake in the name would leave
 * a conflict open, or to the strategy of the merge. What is there and in no
 * conflict may be named: whoever decides beforehand cannot know.
 * @param named ids, or names as `displayKey` writes them
 * @throws PangolinError `bad-request`
 */
export async function requireNamed(
	deps: CatalogDeps,
	scope: Scope,
	states: ThreeStates,
	{ ours, theirs }: Compared,
	named: readonly string[],
): Promise<void> {
	const changed = new Set<string>();
	for (const { key, entry } of [...ours.values(), ...theirs.values()])
		changed.add(entry.id).add(displayKey(key));
	for (const name of named) {
		if (changed.has(name) || (await isThere(deps, scope, states, name)))
			continue;
		throw new PangolinError(
			"bad-request",
			`Invalid resolutions: neither side has an asset ${JSON.stringify(name)}; name it by its id, or as namespace.name as one of the sides has it`,
		);
	}
}

/** What nobody changed is shown by both sides, or hidden by one that is partial. */
async function isThere(
	{ store }: CatalogDeps,
	{ located: { catalog } }: Scope,
	{ ours, theirs }: ThreeStates,
	name: string,
): Promise<boolean> {
	const { tenant, id } = catalog;
	// Stores take no such text.
	if (name.includes("\u0000")) return false;
	const found = await Promise.all(
		Array.from(keysNamed(name), (key) =>
			[ours, theirs].map((state) =>
				store.entries.get({ tenant, ...state }, key),
			),
		).flat(),
	);
	if (found.some((row) => row !== undefined)) return true;
	const refs = await store.entries.refsShowing(tenant, id, brandId(name), 1);
	return refs.length > 0;
}

/** The keys that are written so: a dot may separate two levels, or be part of one. */
function* keysNamed(name: string): Generator<EntryKey> {
	const parts = name.split(".");
	const dots = parts.length - 1;
	const ways = dots > MAX_AMBIGUOUS_DOTS ? 1 : 2 ** dots;
	for (let joined = 0; joined < ways; joined++) {
		const levels = parts.slice(0, 1);
		for (const [i, part] of parts.slice(1).entries()) {
			const isJoined = (joined & (1 << i)) !== 0;
			levels.push(isJoined ? `${levels.pop()}.${part}` : part);
		}
		yield namespaceKey(levels);
		const [own = "", ...namespace] = levels.toReversed();
		if (namespace.length > 0)
			yield {
				space: "object",
				parent: pathKey(namespace.reverse()),
				name: own,
			};
	}
}
