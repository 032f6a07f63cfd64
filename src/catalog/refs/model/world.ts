/**
 * Versions of a catalog as simply as they can be: every branch, tag and commit
 * has a copy of the whole catalog. Nothing here knows lines, numbers or forks.
 */
import type { ErrorCode } from "../../../model/errors.ts";

export type ObjectKind = "table" | "view" | "asset";

export interface Thing {
	readonly kind: "namespace" | ObjectKind;
	/** The UUID of a table or view, the id of an asset; a namespace is its path. */
	readonly id: string;
	/** Of the one property that is ever set; null: it never was. */
	readonly value: string | null;
	/** The values before that one, the first one first. */
	readonly before: readonly (string | null)[];
}

/** All that a catalog shows, by place. */
export type Content = ReadonlyMap<string, Thing>;

export interface CommitCopy {
	readonly id: string;
	readonly timeMicros: number;
	/** What it changed, in any order. */
	readonly places: readonly string[];
	readonly content: Content;
	/** All commits that led here, itself the last. */
	readonly log: readonly CommitCopy[];
	/** The one before it on its branch, then what it merged. */
	readonly parents: readonly CommitCopy[];
	/** Whether some of the catalog was out of sight. */
	readonly isPartial: boolean;
}

/** Something that a branch dropped. */
export interface Dropped {
	readonly place: string;
	readonly thing: Thing;
	/** What the branch showed just before. */
	readonly content: Content;
	readonly timeMicros: number;
}

export interface RefCopy {
	readonly kind: "branch" | "tag";
	readonly content: Content;
	readonly log: readonly CommitCopy[];
	/** What can come back, the newest last. */
	readonly dropped: readonly Dropped[];
	readonly isProtected: boolean;
	readonly isPartial: boolean;
}

export type World = ReadonlyMap<string, RefCopy>;

/** Of a namespace (`a.b`), or of a table or view; the two have names of their own. */
export function namespacePlace(path: string): string {
	return `namespace ${path}`;
}

export function objectPlace(path: string): string {
	return `object ${path}`;
}

export function pathOf(place: string): string {
	return place.slice(place.indexOf(" ") + 1);
}

/** Undefined for what is at the root. */
export function parentOf(path: string): string | undefined {
	const dot = path.lastIndexOf(".");
	return dot < 0 ? undefined : path.slice(0, dot);
}

/** What a change of the content makes of it, or why it is refused. */
export type Outcome =
	| { readonly content: Content; readonly places: readonly string[] }
	| { readonly refused: ErrorCode };

function refused(code: ErrorCode): Outcome {
	return { refused: code };
}

export function createNamespace(content: Content, path: string): Outcome {
	if (content.has(namespacePlace(path))) return refused("already-exists");
	const missing: string[] = [];
	for (
		let next: string | undefined = path;
		next !== undefined && !content.has(namespacePlace(next));
		next = parentOf(next)
	)
		missing.unshift(next);
	const next = new Map(content);
	for (const each of missing)
		next.set(namespacePlace(each), {
			kind: "namespace",
			id: each,
			value: null,
			before: [],
		});
	return { content: next, places: missing.map(namespacePlace) };
}

export function dropNamespace(content: Content, path: string): Outcome {
	const place = namespacePlace(path);
	if (!content.has(place)) return refused("namespace-not-found");
	for (const other of content.keys())
		if (parentOf(pathOf(other)) === path) return refused("namespace-not-empty");
	return without(content, place);
}

export function createObject(
	content: Content,
	path: string,
	thing: Thing,
): Outcome {
	if (!content.has(namespacePlace(parentOf(path) ?? "")))
		return refused("namespace-not-found");
	if (content.has(objectPlace(path))) return refused("already-exists");
	return withThing(content, objectPlace(path), thing);
}

export function setProperty(
	content: Content,
	place: string,
	kind: Thing["kind"],
	value: string,
): Outcome {
	const thing = content.get(place);
	if (thing?.kind !== kind) return refused(`${kind}-not-found`);
	const before = [...thing.before, thing.value];
	return withThing(content, place, { ...thing, value, before });
}

export function dropObject(
	content: Content,
	path: string,
	kind: ObjectKind,
): Outcome {
	const place = objectPlace(path);
	if (content.get(place)?.kind !== kind) return refused(`${kind}-not-found`);
	return without(content, place);
}

/** The newest that was there, with the namespaces around it. */
export function undrop(
	{ content, dropped }: Pick<RefCopy, "content" | "dropped">,
	path: string,
	kind: ObjectKind,
	sinceMicros: number,
): Outcome {
	const place = objectPlace(path);
	const found = dropped.findLast(
		(each) =>
			each.place === place &&
			each.thing.kind === kind &&
			each.timeMicros > sinceMicros,
	);
	if (found === undefined) return refused("asset-not-found");
	if (content.has(place)) return refused("already-exists");
	const next = new Map(content).set(place, found.thing);
	const places = [place];
	for (
		let around = parentOf(path);
		around !== undefined && !next.has(namespacePlace(around));
		around = parentOf(around)
	) {
		const namespace = found.content.get(namespacePlace(around));
		if (namespace === undefined) return refused("namespace-not-found");
		next.set(namespacePlace(around), namespace);
		places.push(namespacePlace(around));
	}
	return { content: next, places };
}

/** What a branch can have again after a commit. */
export function droppedAfter(
	{ content: before, dropped }: Pick<RefCopy, "content" | "dropped">,
	after: Content,
	timeMicros: number,
): Dropped[] {
	const shown = new Set([...after.values()].map(({ id }) => id));
	const gone = [...before]
		.filter(([, { kind }]) => kind !== "namespace")
		.map(([place, thing]) => ({ place, thing, content: before, timeMicros }));
	return [...dropped, ...gone].filter(({ thing }) => !shown.has(thing.id));
}

/** To its own name: nothing happens. */
export function renameObject(
	content: Content,
	kind: ObjectKind,
	from: string,
	to: string,
): Outcome {
	const thing = content.get(objectPlace(from));
	if (thing?.kind !== kind) return refused(`${kind}-not-found`);
	if (from === to) return { content, places: [] };
	if (!content.has(namespacePlace(parentOf(to) ?? "")))
		return refused("namespace-not-found");
	if (content.has(objectPlace(to))) return refused("already-exists");
	const next = new Map(content).set(objectPlace(to), thing);
	next.delete(objectPlace(from));
	return { content: next, places: [from, to].map(objectPlace) };
}

function withThing(content: Content, place: string, thing: Thing): Outcome {
	return { content: new Map(content).set(place, thing), places: [place] };
}

function without(content: Content, place: string): Outcome {
	const next = new Map(content);
	next.delete(place);
	return { content: next, places: [place] };
}

/** The named objects and the namespaces around them. */
export function onlyShowing(
	content: Content,
	paths: readonly string[],
): Content {
	const shown = new Set<string>();
	for (const path of paths) {
		shown.add(objectPlace(path));
		let next = parentOf(path);
		for (; next !== undefined; next = parentOf(next))
			shown.add(namespacePlace(next));
	}
	return new Map([...content].filter(([place]) => shown.has(place)));
}
