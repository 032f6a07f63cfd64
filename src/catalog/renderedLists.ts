import type { NamespacePath } from "../model/names.ts";

/**
 * Answers of lists, kept as they were last made: writing a thousand identifiers
 * as JSON costs several times as much as comparing their names.
 */
export interface RenderedLists {
	/** The identifiers as the whole answer of the specification's lists. */
	render(list: ListedNames): Buffer;
}

export interface ListedNames {
	readonly namespace: NamespacePath;
	readonly names: readonly string[];
	readonly nextPageToken: string | null;
}

/** Forgets the one that was made first rather than keeping more. */
const MAX_LISTS = 64;
/** Longer lists are rare and written anew. */
const MAX_NAMES = 10_000;

export function openRenderedLists(): RenderedLists {
	const kept = new Map<string, { list: ListedNames; body: Buffer }>();
	return {
		render(list) {
			const { namespace, names, nextPageToken } = list;
			const key = JSON.stringify([namespace, nextPageToken, names[0]]);
			const known = kept.get(key);
			if (known !== undefined && sameNames(known.list.names, names))
				return known.body;
			const body = bodyOf(list);
			if (names.length > MAX_NAMES) return body;
			kept.delete(key);
			kept.set(key, { list, body });
			for (const oldest of kept.keys()) {
				if (kept.size <= MAX_LISTS) break;
				kept.delete(oldest);
			}
			return body;
		},
	};
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
	return a.length === b.length && a.every((name, i) => name === b[i]);
}

/** What comes between two names is the same each time: written once, it costs half as much. */
function bodyOf({ namespace, names, nextPageToken }: ListedNames): Buffer {
	const start = `{"namespace":${JSON.stringify(namespace)},"name":`;
	const identifiers = names.map((name) => `${JSON.stringify(name)}}`);
	const list = names.length === 0 ? "" : start + identifiers.join(`,${start}`);
	const token = JSON.stringify(nextPageToken);
	return Buffer.from(`{"identifiers":[${list}],"next-page-token":${token}}`);
}
