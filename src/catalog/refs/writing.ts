import { PangolinError } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import type { Catalog } from "../../model/registry.ts";
import type { Change, RecordChange } from "../../store/changes.ts";
import type { Line, Ref, Versioned } from "../../store/records.ts";
import { MAIN_BRANCH } from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import { IdempotencyRace, type RecordedAnswer } from "../idempotencySlot.ts";
import { newJob } from "../submit.ts";
import type { RefCaller } from "./requests.ts";
import { settingsOf, settingsText } from "./settings.ts";
import { requireCatalog } from "./states.ts";

/** A change of refs, decided on what was just read. */
export interface RefChange<Result> {
	readonly changes: readonly Change[];
	readonly answer: RecordedAnswer;
	readonly result: Result;
}

/**
 * Applies a change of refs together with its idempotency record.
 * @returns whether it was applied; false: something changed meanwhile
 * @throws PangolinError `commit-state-unknown`, `unavailable`; IdempotencyRace
 */
export async function applyRefChange(
	deps: CatalogDeps,
	caller: RefCaller,
	{ changes, answer }: RefChange<unknown>,
): Promise<boolean> {
	const record = caller.slot?.record(answer) ?? [];
	const applied = await deps.store.apply([...record, ...changes]);
	if (applied.outcome === "applied") {
		caller.slot?.applied();
		if (changes.some(isJob)) deps.kickJobs();
		return true;
	}
	if (applied.at.change < record.length) throw new IdempotencyRace();
	return false;
}

function isJob(change: Change): boolean {
	return "collection" in change && change.collection === "job";
}

/** What a new ref is made on: read before the state that it is to show. */
export interface Ground {
	readonly catalog: Catalog;
	/**
	 * Go into the change set of every new ref. The catalog's version is counted up
	 * by a purge before it looks for refs, `main`'s by every new ref, so that
	 * whoever decides by what the refs show can notice one that came meanwhile.
	 */
	readonly guards: readonly RecordChange[];
}

/** @throws PangolinError `catalog-not-found`, `already-exists` when a branch or tag has the name */
export async function groundFor(
	deps: CatalogDeps,
	tenant: TenantId,
	catalogName: string,
	name: string,
): Promise<Ground> {
	const present = await versionsOf(deps, tenant, catalogName);
	const { catalog, main } = present;
	const taken = await deps.store.refs.ref(tenant, catalog.value.id, name);
	if (taken !== undefined) throw nameTaken(taken.value);
	const settings = settingsText({
		...settingsOf(main.value),
		hasOtherRefs: true,
	});
	return {
		catalog: catalog.value,
		guards: [filesStay(present), showsMore(present, settings)],
	};
}

/** A catalog and its `main` as they were read before something was decided. */
export interface CatalogVersions {
	readonly catalog: Versioned<Catalog>;
	readonly main: Versioned<Ref>;
}

/** @throws PangolinError `catalog-not-found` */
export async function versionsOf(
	deps: CatalogDeps,
	tenant: TenantId,
	catalogName: string,
): Promise<CatalogVersions> {
	const catalog = await requireCatalog(deps, tenant, catalogName);
	const main = await requireRef(deps, catalog.value, MAIN_BRANCH, "branch");
	return { catalog, main };
}

/** Goes with what shows older files again: refused when a purge has begun since. */
export function filesStay({ catalog }: CatalogVersions): RecordChange {
	const { tenant, name } = catalog.value;
	const key = { tenant, name };
	return { op: "check", collection: "catalog", key, version: catalog.version };
}

/** Goes with what lets a ref show assets that it did not show before. */
export function showsMore(
	{ main }: CatalogVersions,
	settings: string = main.value.settings,
): RecordChange {
	return {
		op: "update",
		collection: "ref",
		key: keyOf(main.value),
		value: { ...main.value, settings },
		ifVersion: main.version,
	};
}

/** @throws PangolinError `ref-not-found`, also when the name is that of another kind */
export async function requireRef(
	{ store }: CatalogDeps,
	{ tenant, id, name: catalogName }: Catalog,
	name: string,
	kind: Ref["kind"],
): Promise<Versioned<Ref>> {
	const row = await store.refs.ref(tenant, id, name);
	if (row?.value.kind === kind) return row;
	const text = `${catalogName}@${name}`;
	throw new PangolinError(
		"ref-not-found",
		row === undefined
			? `${NOUNS[kind]} does not exist: ${text}`
			: `${text} is a ${row.value.kind}, not a ${kind}`,
	);
}

const NOUNS = { branch: "Branch", tag: "Tag" } as const;

export function keyOf({ tenant, catalog, name }: Ref) {
	return { tenant, catalog, name };
}

export function nameTaken({ kind, name }: Ref): PangolinError {
	return new PangolinError(
		"already-exists",
		`${NOUNS[kind]} already exists: ${name}`,
	);
}

/** Deletes a ref as it was read, and the lines that only it needed in the background. */
export async function deletion(
	deps: CatalogDeps,
	{ value, version }: Versioned<Ref>,
): Promise<RefChange<undefined>> {
	const place = { key: keyOf(value), ifVersion: version };
	return {
		changes: [
			{ op: "delete", collection: "ref", ...place },
			await collection(deps, value),
		],
		answer: { kind: "empty" },
		result: undefined,
	};
}

/**
 * Goes with the deletion of a ref: the lines that nothing needs any more are
 * removed in the background.
 */
export async function collection(
	deps: Pick<CatalogDeps, "store" | "clock" | "newUuid">,
	{ tenant, line }: Pick<Ref, "tenant" | "line">,
): Promise<RecordChange> {
	const lines: Ref["line"][] = [];
	for (let next: Ref["line"] | undefined = line; next !== undefined; ) {
		lines.push(next);
		const row: Line | undefined = await deps.store.refs.line(tenant, next);
		next = row?.parent?.line;
	}
	return newJob(deps, tenant, "collect-lines", { lines });
}
