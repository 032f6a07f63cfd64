import { compareUtf8 } from "../../model/names.ts";
import type {
	ClaimReader,
	EntryReader,
	LineAt,
	MergeReader,
	Page,
	RefReader,
	RegistryReader,
	WorkReader,
} from "../contract.ts";
import { isListing, spaceOf } from "../entryKeys.ts";
import type { EntryRow, InNamespace, Versioned } from "../records.ts";
import { claimsOf, overlapping } from "../rules/claims.ts";
import { entriesAt, entryAt } from "../rules/lines.ts";
import {
	assetsBelow,
	isPinned,
	isReachable,
	namesMetadataFile,
	refsShowing,
} from "../rules/reachability.ts";
import { rowsBelow } from "../rules/records.ts";
import type { Rows, State } from "../rules/state.ts";
import { entryId, idOf, lineOf } from "../rules/state.ts";

export function registryReader(state: State): RegistryReader {
	return {
		tenant: async (tenant) => state.tenants.get(tenant),
		tenants: async (page) => pageOf(state.tenants, [], page),
		warehouse: async (tenant, name) => state.warehouses.get(idOf(tenant, name)),
		warehouses: async (tenant, page) =>
			pageOf(state.warehouses, [tenant], page),
		catalog: async (tenant, name) => state.catalogs.get(idOf(tenant, name)),
		catalogs: async (tenant, page) => pageOf(state.catalogs, [tenant], page),
	};
}

export function refReader(state: State): RefReader {
	return {
		async locate(tenant, name, refName, look) {
			const catalog = state.catalogs.get(idOf(tenant, name))?.value;
			if (catalog === undefined) return undefined;
			const ref = state.refs.get(idOf(tenant, catalog.id, refName))?.value;
			if (ref === undefined) return undefined;
			const warehouse =
				catalog.warehouse === null
					? undefined
					: state.warehouses.get(idOf(tenant, catalog.warehouse))?.value;
			const located = { catalog, warehouse: warehouse ?? null, ref };
			if (look === undefined) return located;
			const at = { tenant, line: ref.line, number: ref.number ?? undefined };
			if (isListing(look)) {
				const names = namesOf(state, at, look, look.page);
				return { ...located, listed: { of: look, names } };
			}
			const row = entryAt(state, at, entryId(look));
			return { ...located, seen: { key: look, row } };
		},
		ref: async (tenant, catalog, name) =>
			state.refs.get(idOf(tenant, catalog, name)),
		refs: async (tenant, catalog, page) =>
			pageOf(state.refs, [tenant, catalog], page),
		line: async (tenant, line) => lineOf(state, tenant, line),
		isPinned: async (tenant, line, number) =>
			isPinned(state, tenant, line, number),
	};
}

export function entryReader(state: State): EntryReader {
	return {
		get: async (at, key) => entryAt(state, at, entryId(key)),
		list: async (at, filter, page) => listed(state, at, filter, page),
		names: async (at, filter, page) => namesOf(state, at, filter, page),
		all: async (at, { after, limit }) => [
			...entriesAt(state, at, "", after && entryId(after)).take(limit),
		],
		namesMetadataFile: async (location, sinceMicros) =>
			namesMetadataFile(state, location, sinceMicros),
		assetsBelow: async (prefix, except, limit) =>
			assetsBelow(state, prefix, except).slice(0, limit),
		isReachable: async (tenant, asset) => isReachable(state, tenant, asset),
		refsShowing: async (tenant, catalog, asset, limit) =>
			refsShowing(state, tenant, catalog, asset).slice(0, limit),
	};
}

function namesOf(
	state: State,
	at: LineAt,
	of: InNamespace,
	page: Page<string>,
): string[] {
	return listed(state, at, of, page).map((row) => row.key.name);
}

function listed(
	state: State,
	at: LineAt,
	{ parent, kinds }: InNamespace,
	{ after, limit }: Page<string>,
): EntryRow[] {
	const [kind] = kinds;
	if (kind === undefined) return [];
	const space = spaceOf(kind);
	return entriesAt(
		state,
		at,
		idOf(space, parent, ""),
		after === undefined ? undefined : idOf(space, parent, after),
	)
		.filter((row) => kinds.includes(row.entry.kind))
		.take(limit)
		.toArray();
}

export function mergeReader(state: State): MergeReader {
	const { mergeOperations, mergeConflicts } = state;
	return {
		operation: async (tenant, operation) =>
			mergeOperations.get(idOf(tenant, operation)),
		operations: async (tenant, catalog, { after, limit }) =>
			rowsBelow(mergeOperations, tenant)
				.map(([, value, version]) => ({ value, version }))
				.filter(({ value }) => value.catalog === catalog)
				.filter(
					({ value }) =>
						after === undefined || compareUtf8(value.id, after) < 0,
				)
				.sort((a, b) => compareUtf8(b.value.id, a.value.id))
				.slice(0, limit),
		conflict: async (tenant, conflict) =>
			mergeConflicts.get(idOf(tenant, conflict)),
		conflicts: async (tenant, operation, { after, limit }) =>
			rowsBelow(mergeConflicts, tenant)
				.map(([, value, version]) => ({ value, version }))
				.filter(({ value }) => value.operation === operation)
				.filter(
					({ value }) =>
						after === undefined || compareUtf8(value.id, after) > 0,
				)
				.sort((a, b) => compareUtf8(a.value.id, b.value.id))
				.slice(0, limit),
	};
}

export function claimReader(state: State): ClaimReader {
	return {
		overlapping: async (location, limit) =>
			overlapping(state, location).slice(0, limit),
		claimsOf: async (tenant, asset) => claimsOf(state, { tenant, asset }),
	};
}

export function workReader(state: State): WorkReader {
	return {
		idempotency: async (tenant, key) =>
			state.idempotency.get(idOf(tenant, key)),
		expiredIdempotency: async (nowMillis, limit) =>
			[...state.idempotency.values()]
				.filter(({ value }) => value.expiresAtMillis < nowMillis)
				.sort(
					({ value: a }, { value: b }) =>
						a.expiresAtMillis - b.expiresAtMillis ||
						compareUtf8(a.tenant, b.tenant) ||
						compareUtf8(a.key, b.key),
				)
				.slice(0, limit),
		job: async (tenant, job) => state.jobs.get(idOf(tenant, job)),
		dueJobs: async (nowMillis, limit) =>
			[...state.jobs.values()]
				.filter((row) => dueAtMillis(row.value) <= nowMillis)
				.sort(
					({ value: a }, { value: b }) =>
						a.runAfterMillis - b.runAfterMillis ||
						compareUtf8(a.tenant, b.tenant) ||
						compareUtf8(a.id, b.id),
				)
				.slice(0, limit),
		reports: async (tenant, asset, { after, limit }) =>
			rowsBelow(state.reports, tenant, asset)
				.map(([, report]) => report)
				.filter(({ id }) => after === undefined || compareUtf8(id, after) < 0)
				.sort((a, b) => compareUtf8(b.id, a.id))
				.slice(0, limit),
		nextJobAtMillis: async () =>
			[...state.jobs.values()]
				.map((row) => dueAtMillis(row.value))
				.sort((a, b) => a - b)[0],
	};
}

function dueAtMillis(job: {
	runAfterMillis: number;
	leaseOwner: string | null;
	leaseUntilMillis: number;
}): number {
	return job.leaseOwner === null
		? job.runAfterMillis
		: Math.max(job.runAfterMillis, job.leaseUntilMillis);
}

function pageOf<Value>(
	rows: Rows<Value>,
	parents: readonly string[],
	{ after, limit }: Page<string>,
): Versioned<Value>[] {
	const start = after === undefined ? undefined : idOf(...parents, after);
	return rowsBelow(rows, ...parents)
		.filter(([id]) => start === undefined || compareUtf8(id, start) > 0)
		.sort(([a], [b]) => compareUtf8(a, b))
		.slice(0, limit)
		.map(([, value, version]) => ({ value, version }));
}
