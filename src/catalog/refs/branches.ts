import { PangolinError } from "../../model/errors.ts";
import { brandId, type LineId } from "../../model/ids.ts";
import type { Principal } from "../../model/principal.ts";
import type { Change, RecordChange } from "../../store/changes.ts";
import type { Line, Ref, Versioned } from "../../store/records.ts";
import { checkRefName, MAIN_BRANCH } from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import type { PageRequest } from "../requests.ts";
import { newJob, untilDecided } from "../submit.ts";
import { listRefs } from "./listing.ts";
import { filterOf, namesIn } from "./partial.ts";
import type {
	CreateBranchRequest,
	RefCaller,
	UpdateBranchRequest,
} from "./requests.ts";
import type { BranchList, BranchResult } from "./results.ts";
import { type BranchSettings, settingsOf, settingsText } from "./settings.ts";
import {
	commitOf,
	refMissing,
	requireCatalog,
	requireState,
} from "./states.ts";
import {
	applyRefChange,
	deletion,
	groundFor,
	keyOf,
	nameTaken,
	type RefChange,
	requireRef,
} from "./writing.ts";

/**
 * Makes a branch of any state of the catalog: two rows, whatever its size.
 * @throws PangolinError `catalog-not-found`, `ref-not-found` (the source),
 *   `asset-not-found`, `already-exists` (a branch or tag), `bad-request`
 */
export async function createBranch(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	request: CreateBranchRequest,
): Promise<BranchResult> {
	checkRefName("branch", request.name);
	checkExpiry(deps, request.expiresAtMillis);
	return untilDecided(deps, `branch ${request.name}`, async () => {
		const change = await planBranch(deps, caller, catalog, request);
		const isApplied = await applyRefChange(deps, caller, change);
		return isApplied ? change.result : undefined;
	});
}

async function planBranch(
	deps: CatalogDeps,
	caller: RefCaller,
	catalogName: string,
	request: CreateBranchRequest,
): Promise<RefChange<BranchResult>> {
	const { name, from = MAIN_BRANCH, assets, expiresAtMillis = null } = request;
	const { tenant } = caller.principal;
	const ground = await groundFor(deps, tenant, catalogName, name);
	const catalog = ground.catalog.id;
	const source = await requireState(deps, tenant, catalogName, from);
	const line: Line = {
		id: brandId<LineId>(deps.newUuid()),
		tenant,
		catalog,
		parent: source,
		filter:
			assets === undefined || assets.length === 0
				? null
				: await filterOf(deps, tenant, source, assets),
		head: 0,
		headTimeMicros: 0,
	};
	const settings = settingsText({
		kind: request.kind ?? "ingest",
		protected: request.protected ?? false,
		expiresAtMillis,
		hasOtherRefs: false,
	});
	const of = { tenant, catalog, name, line: line.id };
	const ref: Ref = { ...of, kind: "branch", number: null, settings };
	const result = await resultOf(deps, ref, line);
	return {
		changes: [
			...ground.guards,
			{ op: "insert", collection: "line", value: line },
			{ op: "insert", collection: "ref", value: ref },
			...expiryJobs(deps, caller, ref),
		],
		answer: { kind: "json", body: JSON.stringify(result), status: 201 },
		result,
	};
}

/** By name. @throws PangolinError `catalog-not-found`, `bad-request` */
export async function listBranches(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	page: PageRequest,
): Promise<BranchList> {
	const { value } = await requireCatalog(deps, principal.tenant, catalog);
	const { refs, nextPageToken } = await listRefs(deps, value, "branch", page);
	const results = await Promise.all(refs.map((ref) => shown(deps, ref)));
	return { branches: results.flatMap((found) => found ?? []), nextPageToken };
}

/** @throws PangolinError `catalog-not-found`, `ref-not-found` */
export async function getBranch(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	name: string,
): Promise<BranchResult> {
	const { value } = await requireCatalog(deps, principal.tenant, catalog);
	const ref = await requireRef(deps, value, name, "branch");
	const result = await shown(deps, ref.value);
	if (result === undefined) throw refMissing(catalog, name);
	return result;
}

/** Undefined when the branch was deleted a moment ago. */
async function shown(
	deps: CatalogDeps,
	ref: Ref,
): Promise<BranchResult | undefined> {
	const line = await deps.store.refs.line(ref.tenant, ref.line);
	return line && resultOf(deps, ref, line);
}

async function resultOf(
	deps: CatalogDeps,
	ref: Ref,
	line: Line,
): Promise<BranchResult> {
	const state = { line: line.id, number: line.head };
	const head =
		line.head === 0 && line.parent !== null
			? await commitOf(deps, ref.tenant, line.parent)
			: await commitOf(deps, ref.tenant, state);
	const { kind, protected: isProtected, expiresAtMillis } = settingsOf(ref);
	return {
		name: ref.name,
		branch_type: kind,
		head_commit_id: head?.id ?? null,
		assets: namesIn(line.filter),
		protected: isProtected,
		expires_at:
			expiresAtMillis === null ? null : new Date(expiresAtMillis).toISOString(),
	};
}

/**
 * Renames a branch, protects it or frees it, sets its expiry.
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `already-exists`,
 *   `bad-request` (`main` keeps its name and never expires)
 */
export async function updateBranch(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	name: string,
	request: UpdateBranchRequest,
): Promise<BranchResult> {
	const to = request.name ?? name;
	if (to !== name) checkRefName("branch", to);
	checkExpiry(deps, request.expiresAtMillis);
	if (name === MAIN_BRANCH && (to !== name || request.expiresAtMillis)) {
		throw new PangolinError(
			"bad-request",
			`Branch ${MAIN_BRANCH} keeps its name and never expires`,
		);
	}
	const { tenant } = caller.principal;
	return untilDecided(deps, `branch ${name}`, async () => {
		const { value } = await requireCatalog(deps, tenant, catalog);
		const before = await requireRef(deps, value, name, "branch");
		const taken = await deps.store.refs.ref(tenant, value.id, to);
		if (to !== name && taken !== undefined) throw nameTaken(taken.value);
		const settings = changed(settingsOf(before.value), request);
		const ref = { ...before.value, name: to, settings: settingsText(settings) };
		const result = await shown(deps, ref);
		if (result === undefined) return undefined;
		const isApplied = await applyRefChange(deps, caller, {
			changes: [...replacement(before, ref), ...expiryJobs(deps, caller, ref)],
			answer: { kind: "json", body: JSON.stringify(result) },
			result,
		});
		return isApplied ? result : undefined;
	});
}

function changed(
	before: BranchSettings,
	{ protected: isProtected, expiresAtMillis }: UpdateBranchRequest,
): BranchSettings {
	return {
		...before,
		protected: isProtected ?? before.protected,
		expiresAtMillis:
			expiresAtMillis === undefined ? before.expiresAtMillis : expiresAtMillis,
	};
}

function replacement({ value, version }: Versioned<Ref>, ref: Ref): Change[] {
	const key = keyOf(value);
	const place = { collection: "ref", key, ifVersion: version } as const;
	return ref.name === value.name
		? [{ op: "update", ...place, value: ref }]
		: [
				{ op: "delete", ...place },
				{ op: "insert", collection: "ref", value: ref },
			];
}

/** @throws PangolinError `catalog-not-found`, `ref-not-found`, `bad-request` (`main`), `forbidden` (protected) */
export async function deleteBranch(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	name: string,
): Promise<void> {
	if (name === MAIN_BRANCH) {
		throw new PangolinError(
			"bad-request",
			`Branch ${MAIN_BRANCH} cannot be deleted`,
		);
	}
	const { tenant } = caller.principal;
	await untilDecided(deps, `branch ${name}`, async () => {
		const { value } = await requireCatalog(deps, tenant, catalog);
		const row = await requireRef(deps, value, name, "branch");
		if (settingsOf(row.value).protected) {
			throw new PangolinError(
				"forbidden",
				`Branch ${name} is protected: take the protection away before it is deleted`,
			);
		}
		const change = await deletion(deps, row);
		return (await applyRefChange(deps, caller, change)) || undefined;
	});
}

/** A job that finds another name or expiry than its own does nothing. */
function expiryJobs(
	deps: CatalogDeps,
	caller: RefCaller,
	ref: Ref,
): RecordChange[] {
	const { catalog, name } = ref;
	const { expiresAtMillis } = settingsOf(ref);
	if (expiresAtMillis === null) return [];
	const payload = { catalog, name };
	const { tenant } = caller.principal;
	return [newJob(deps, tenant, "expire-branch", payload, expiresAtMillis)];
}

function checkExpiry(
	deps: CatalogDeps,
	expiresAtMillis: number | null | undefined,
): void {
	if (expiresAtMillis === undefined || expiresAtMillis === null) return;
	if (expiresAtMillis > deps.clock()) return;
	throw new PangolinError(
		"bad-request",
		"Invalid expiry: it is not in the future",
	);
}
