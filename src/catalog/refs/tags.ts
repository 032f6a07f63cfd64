import type { Principal } from "../../model/principal.ts";
import type { Ref } from "../../store/records.ts";
import { checkRefName, MAIN_BRANCH } from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import type { PageRequest } from "../requests.ts";
import { untilDecided } from "../submit.ts";
import { listRefs } from "./listing.ts";
import type { CreateTagRequest, RefCaller } from "./requests.ts";
import type { TagList, TagResult } from "./results.ts";
import { commitOf, requireCatalog, requireState } from "./states.ts";
import { applyRefChange, deletion, groundFor, requireRef } from "./writing.ts";

/**
 * Names a state of the catalog for good: one row. The recorded answer has
 * status 200.
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `already-exists`, `bad-request`
 */
export async function createTag(
	deps: CatalogDeps,
	caller: RefCaller,
	catalogName: string,
	{ name, at = MAIN_BRANCH }: CreateTagRequest,
): Promise<TagResult> {
	checkRefName("tag", name);
	const { tenant } = caller.principal;
	return untilDecided(deps, `tag ${name}`, async () => {
		const ground = await groundFor(deps, tenant, catalogName, name);
		const state = await requireState(deps, tenant, catalogName, at);
		const ref: Ref = {
			tenant,
			catalog: ground.catalog.id,
			name,
			kind: "tag",
			...state,
			settings: "{}",
		};
		const result = await resultOf(deps, ref);
		const isApplied = await applyRefChange(deps, caller, {
			changes: [
				...ground.guards,
				{ op: "insert", collection: "ref", value: ref },
			],
			answer: { kind: "json", body: JSON.stringify(result) },
			result,
		});
		return isApplied ? result : undefined;
	});
}

/** By name. @throws PangolinError `catalog-not-found`, `bad-request` */
export async function listTags(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	page: PageRequest,
): Promise<TagList> {
	const { value } = await requireCatalog(deps, principal.tenant, catalog);
	const { refs, nextPageToken } = await listRefs(deps, value, "tag", page);
	const tags = await Promise.all(refs.map((ref) => resultOf(deps, ref)));
	return { tags, nextPageToken };
}

/** @throws PangolinError `catalog-not-found`, `ref-not-found` */
export async function getTag(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	name: string,
): Promise<TagResult> {
	const { value } = await requireCatalog(deps, principal.tenant, catalog);
	return resultOf(deps, (await requireRef(deps, value, name, "tag")).value);
}

/** @throws PangolinError `catalog-not-found`, `ref-not-found` */
export async function deleteTag(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	name: string,
): Promise<void> {
	const { tenant } = caller.principal;
	await untilDecided(deps, `tag ${name}`, async () => {
		const { value } = await requireCatalog(deps, tenant, catalog);
		const row = await requireRef(deps, value, name, "tag");
		const change = await deletion(deps, row);
		return (await applyRefChange(deps, caller, change)) || undefined;
	});
}

async function resultOf(deps: CatalogDeps, ref: Ref): Promise<TagResult> {
	const { tenant, line, number } = ref;
	const commit = await commitOf(deps, tenant, { line, number: number ?? 0 });
	return { name: ref.name, commit_id: commit?.id ?? null };
}
