import { PangolinError } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import { levelsOf } from "../../model/names.ts";
import type { EntryKey } from "../../store/records.ts";
import type { CatalogDeps } from "../deps.ts";
import { objectKey } from "../entries.ts";
import type { State } from "./states.ts";

const MAX_ASSETS = 1000;
const SEPARATOR = "\u001f";

/**
 * The keys that a partial branch lets through.
 * @param names `namespace.name`; U+001F instead of the dots where names contain dots
 * @throws PangolinError `asset-not-found` for what the source does not show, `bad-request`
 */
export async function filterOf(
	deps: CatalogDeps,
	tenant: TenantId,
	source: State,
	names: readonly string[],
): Promise<EntryKey[]> {
	if (names.length > MAX_ASSETS) {
		throw new PangolinError(
			"bad-request",
			`A partial branch shows at most ${MAX_ASSETS} assets, not ${names.length}`,
		);
	}
	return Promise.all(
		[...new Set(names)].map(async (name) => {
			const key = keyOf(name);
			const row = await deps.store.entries.get({ tenant, ...source }, key);
			if (row !== undefined) return key;
			throw new PangolinError(
				"asset-not-found",
				`Asset does not exist: ${JSON.stringify(name)}`,
			);
		}),
	);
}

function keyOf(name: string): EntryKey {
	const levels = name.split(name.includes(SEPARATOR) ? SEPARATOR : ".");
	const last = levels.pop() ?? "";
	if (levels.length === 0 || last === "" || levels.includes("")) {
		throw new PangolinError(
			"bad-request",
			`Invalid asset ${JSON.stringify(name)}: use namespace.name`,
		);
	}
	return objectKey({ namespace: levels, name: last });
}

/** The same names for people and clients, with dots. */
export function namesIn(filter: readonly EntryKey[] | null): string[] {
	return (filter ?? []).map(({ parent, name }) =>
		[...levelsOf(parent), name].join("."),
	);
}
