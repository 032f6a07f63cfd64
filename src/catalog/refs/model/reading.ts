/** What the real catalog shows, in the model's terms. */
import { at, type TestCatalog } from "../../../../test/support/catalog.ts";
import { atRef, CALLER, loadAt } from "../../../../test/support/refs.ts";
import { getAsset, listAssets } from "../../assets.ts";
import { listTables, listViews } from "../../listing.ts";
import { listNamespaces, loadNamespace } from "../../namespaces.ts";
import type { IdentifierList } from "../../results.ts";
import { loadView } from "../../views.ts";
import { type DifferenceResult, diffRefs } from "../diff.ts";
import { listCommits, tableLog } from "../log.ts";
import type { CommitResult } from "../results.ts";
import { namespacePlace, objectPlace, type Thing } from "./world.ts";

export type ShownThing = Omit<Thing, "before">;

export interface Shown {
	readonly things: ReadonlyMap<string, ShownThing>;
	/** Places of the tables that no engine may delete files of. */
	readonly guarded: readonly string[];
}

export async function shownAt(
	catalog: TestCatalog,
	ref: string,
): Promise<Shown> {
	const here = await atRef(catalog, ref);
	const things = new Map<string, ShownThing>();
	const guarded: string[] = [];
	await collect(here, [], things, guarded);
	return { things, guarded };
}

async function collect(
	here: TestCatalog,
	parent: readonly string[],
	things: Map<string, ShownThing>,
	guarded: string[],
): Promise<void> {
	const { deps, scope } = here;
	const { namespaces } = await listNamespaces(deps, scope, parent, {});
	for (const levels of namespaces) {
		const path = levels.join(".");
		const { properties } = await loadNamespace(deps, scope, levels);
		things.set(namespacePlace(path), {
			kind: "namespace",
			id: path,
			value: properties.k ?? null,
		});
		for (const name of namesIn(await listTables(deps, scope, levels, {}))) {
			const loaded = await loadAt(here, at(...levels, name));
			const { metadata } = JSON.parse(loaded.body.toString());
			const place = objectPlace(`${path}.${name}`);
			if (metadata.properties["gc.enabled"] === "false") guarded.push(place);
			things.set(place, {
				kind: "table",
				id: metadata["table-uuid"],
				value: metadata.properties.k ?? null,
			});
		}
		for (const name of namesIn(await listViews(deps, scope, levels, {}))) {
			const loaded = await loadView(deps, scope, at(...levels, name));
			const { metadata } = JSON.parse(loaded.body.toString());
			things.set(objectPlace(`${path}.${name}`), {
				kind: "view",
				id: metadata["view-uuid"],
				value: metadata.properties.k ?? null,
			});
		}
		for (const { name, kind } of (await listAssets(deps, scope, levels, {}))
			.assets) {
			if (kind === "VIEW" || kind === "ICEBERG_TABLE") continue;
			const { id, properties } = await getAsset(
				deps,
				scope,
				at(...levels, name),
			);
			const value = properties.k ?? null;
			things.set(objectPlace(`${path}.${name}`), { kind: "asset", id, value });
		}
		await collect(here, levels, things, guarded);
	}
}

function namesIn(list: IdentifierList): string[] {
	const { identifiers } = JSON.parse(list.body.toString());
	return identifiers.map((each: { readonly name: string }) => each.name);
}

/** Newest first, in pages of a size that commits lie across. */
export async function logAt(
	{ deps }: TestCatalog,
	ref: string,
): Promise<CommitResult[]> {
	return allPages((pageToken) =>
		listCommits(deps, CALLER.principal, "default", ref, {
			pageToken,
			pageSize: 3,
		}).then(({ commits: rows, nextPageToken }) => ({ rows, nextPageToken })),
	);
}

/** Ids of the commits that changed what has this name. */
export async function logOf(
	{ deps }: TestCatalog,
	ref: string,
	path: string,
): Promise<string[]> {
	const identifier = at(...path.split("."));
	const { principal } = CALLER;
	const commits = await allPages((pageToken) =>
		tableLog(deps, principal, "default", ref, identifier, {
			pageToken,
			pageSize: 2,
		}).then(({ commits: rows, nextPageToken }) => ({ rows, nextPageToken })),
	);
	return commits.map(({ id }) => id);
}

export async function diffOf(
	{ deps }: TestCatalog,
	from: string,
	to: string,
): Promise<DifferenceResult[]> {
	return allPages((pageToken) =>
		diffRefs(deps, CALLER.principal, "default", {
			from,
			to,
			pageToken,
			pageSize: 3,
		}).then(({ differences, next_page_token }) => ({
			rows: differences,
			nextPageToken: next_page_token,
		})),
	);
}

async function allPages<Row>(
	read: (pageToken: string) => Promise<{
		readonly rows: readonly Row[];
		readonly nextPageToken: string | null;
	}>,
): Promise<Row[]> {
	const all: Row[] = [];
	for (let token: string | null = ""; token !== null; ) {
		const page: Awaited<ReturnType<typeof read>> = await read(token);
		all.push(...page.rows);
		token = page.nextPageToken;
	}
	return all;
}

export function placeOf({
	kind,
	path,
}: CommitResult["changes"][number]): string {
	const name = path.join(".");
	return kind === "namespace" ? namespacePlace(name) : objectPlace(name);
}
