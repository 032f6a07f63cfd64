import { PangolinError } from "../../model/errors.ts";
import { brandId, type TenantId } from "../../model/ids.ts";
import type { LineAt, Listing, Located } from "../../store/contract.ts";
import type { EntryKey, Ref } from "../../store/records.ts";
import {
	MAIN_BRANCH,
	parseRefSpec,
	type RefSpec,
} from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import { requireInHistory } from "./history.ts";
import { isExpired } from "./settings.ts";

/** Why what was addressed stands still for ever. */
export type Pinned = "tag" | "commit" | "time";

/** A catalog at one of its states. */
export interface Addressed {
	/** Of a commit or time, `ref` is a tag with the text as its name. */
	readonly located: Located;
	/** Undefined: a branch. */
	readonly pinned: Pinned | undefined;
}

/**
 * Finds what a text addresses: a branch or tag, else a commit id, else a time
 * on `main`.
 * @param look what of a branch or tag is to be seen with it; a commit or time is
 *   known only once it is found, and nothing is seen with it
 * @returns undefined when the catalog, branch, tag or commit does not exist
 * @throws PangolinError `ref-not-found` for a branch that has expired, a time
 *   before the first commit, and what the catalog does not keep any more
 */
export function locateRef(
	deps: CatalogDeps,
	tenant: TenantId,
	catalog: string,
	text: string,
	look?: EntryKey | Listing,
): Promise<Addressed | undefined> {
	const spec = parseRefSpec(text);
	return spec.kind === "name"
		? locateNamed(deps, tenant, catalog, text, look)
		: locatePinned(deps, tenant, catalog, { text, spec });
}

async function locatePinned(
	deps: CatalogDeps,
	tenant: TenantId,
	catalog: string,
	{ text, spec }: { text: string; spec: Exclude<RefSpec, { kind: "name" }> },
): Promise<Addressed | undefined> {
	const { refs, commits } = deps.store;
	const main = await refs.locate(tenant, catalog, MAIN_BRANCH);
	if (main === undefined) return undefined;
	if (spec.kind === "time") {
		const at = await requireTime(deps, main, spec.timeMicros, text);
		return { located: { ...main, ref: pin(main, text, at) }, pinned: "time" };
	}
	const id = brandId<Parameters<typeof commits.byId>[2]>(spec.id);
	const commit = await commits.byId(tenant, main.catalog.id, id);
	if (commit === undefined) return undefined;
	await requireInHistory(deps, main.catalog, commit, text);
	return {
		located: { ...main, ref: pin(main, text, commit) },
		pinned: "commit",
	};
}

async function locateNamed(
	deps: CatalogDeps,
	tenant: TenantId,
	catalog: string,
	name: string,
	look: EntryKey | Listing | undefined,
): Promise<Addressed | undefined> {
	const located = await deps.store.refs.locate(tenant, catalog, name, look);
	if (located === undefined) return undefined;
	if (located.ref.kind === "tag") return { located, pinned: "tag" };
	if (isExpired(located.ref, deps.clock())) {
		throw new PangolinError(
			"ref-not-found",
			`Branch ${catalog}@${name} has expired`,
		);
	}
	return { located, pinned: undefined };
}

/**
 * The state of a branch at a time.
 * @throws PangolinError `ref-not-found` before the first commit, and for what the
 *   catalog does not keep any more
 */
export async function requireTime(
	deps: CatalogDeps,
	located: Located,
	timeMicros: number,
	text: string,
): Promise<{ line: Ref["line"]; number: number }> {
	const { catalog } = located;
	const at = await stateAtTime(deps, located, timeMicros);
	if (at === undefined) throw beforeFirstCommit(catalog.name, text);
	await requireInHistory(deps, catalog, at, text);
	return at;
}

/** The state of a branch at a time; a line that others forked from goes on in them. */
async function stateAtTime(
	{ store }: CatalogDeps,
	{ ref }: Located,
	timeMicros: number,
): Promise<{ line: Ref["line"]; number: number } | undefined> {
	const { tenant } = ref;
	let at: LineAt = { tenant, line: ref.line };
	for (;;) {
		const reached = await store.commits.numberAt(tenant, at.line, timeMicros);
		const number = Math.min(reached, at.number ?? reached);
		if (number > 0) return { line: at.line, number };
		const line = await store.refs.line(tenant, at.line);
		if (line?.parent === undefined || line.parent === null) return undefined;
		at = { tenant, ...line.parent };
	}
}

function pin(
	{ ref }: Located,
	name: string,
	{ line, number }: Pick<Ref, "line"> & { readonly number: number },
): Ref {
	return { ...ref, name, kind: "tag", line, number, settings: "{}" };
}

function beforeFirstCommit(catalog: string, text: string): PangolinError {
	return new PangolinError(
		"ref-not-found",
		`${catalog}@${text} is before the first commit of catalog ${catalog}`,
	);
}
