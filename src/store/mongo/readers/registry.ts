import type { Catalog, Tenant, Warehouse } from "../../../model/registry.ts";
import type {
	ClaimReader,
	MergeReader,
	Page,
	RegistryReader,
	WorkReader,
} from "../../contract.ts";
import { foldersAbove, prefixRange } from "../../folders.ts";
import type {
	Claim,
	IdempotencyRecord,
	Job,
	MergeConflict,
	MergeOperation,
	MetricsReport,
	Versioned,
} from "../../records.ts";
import { idOf } from "../../rules/state.ts";
import type { RowCollection } from "../collections.ts";
import type { Rows } from "../queries.ts";
import { below, maybeVersioned, parsed, versioned } from "../queries.ts";
import type { ReadContext } from "./context.ts";

/** The records below a parent, by the rest of their keys. */
async function pageOf<Value>(
	rows: Rows,
	collection: RowCollection,
	parents: readonly string[],
	{ after, limit }: Page<string>,
): Promise<Versioned<Value>[]> {
	const start = after === undefined ? undefined : [...parents, after];
	const found = await rows.select(collection, {
		filter: { k: below(parents, start) },
		sort: { k: 1 },
		limit,
	});
	return found.map((row) => versioned<Value>(row));
}

export function registryReader({ read }: ReadContext): RegistryReader {
	const one = <Value>(collection: RowCollection, ...parts: string[]) =>
		read(async (rows) =>
			maybeVersioned<Value>(await rows.one(collection, ...parts)),
		);
	return {
		tenant: (tenant) => one<Tenant>("tenant", tenant),
		tenants: (page) => read((rows) => pageOf<Tenant>(rows, "tenant", [], page)),
		warehouse: (tenant, name) => one<Warehouse>("warehouse", tenant, name),
		warehouses: (tenant, page) =>
			read((rows) => pageOf<Warehouse>(rows, "warehouse", [tenant], page)),
		catalog: (tenant, name) => one<Catalog>("catalog", tenant, name),
		catalogs: (tenant, page) =>
			read((rows) => pageOf<Catalog>(rows, "catalog", [tenant], page)),
	};
}

export function mergeReader({ read }: ReadContext): MergeReader {
	return {
		operation: (tenant, operation) =>
			read(async (rows) =>
				maybeVersioned<MergeOperation>(
					await rows.one("mergeOperation", tenant, operation),
				),
			),
		operations: (tenant, catalog, { after, limit }) =>
			read(async (rows) => {
				const last = after && { k: { $lt: idOf(tenant, after) } };
				const found = await rows.select("mergeOperation", {
					filter: { c: idOf(tenant, catalog), ...last },
					sort: { k: -1 },
					limit,
				});
				return found.map((row) => versioned<MergeOperation>(row));
			}),
		conflict: (tenant, conflict) =>
			read(async (rows) =>
				maybeVersioned<MergeConflict>(
					await rows.one("mergeConflict", tenant, conflict),
				),
			),
		conflicts: (tenant, operation, { after, limit }) =>
			read(async (rows) => {
				const first = after && { k: { $gt: idOf(tenant, after) } };
				const found = await rows.select("mergeConflict", {
					filter: { o: idOf(tenant, operation), ...first },
					sort: { k: 1 },
					limit,
				});
				return found.map((row) => versioned<MergeConflict>(row));
			}),
	};
}

export function claimReader({ read }: ReadContext): ClaimReader {
	return {
		overlapping: (location, limit) =>
			read(async (rows) => {
				const [first, end] = prefixRange(location);
				const above = { k: { $in: foldersAbove(location) } };
				const inside = { k: { $gte: first, $lt: end } };
				const found = await Promise.all(
					[above, inside].map((filter) =>
						rows.select("claim", { filter, sort: { k: 1 }, limit }),
					),
				);
				return found
					.flat()
					.slice(0, limit)
					.map((row) => parsed<Claim>(row));
			}),
		claimsOf: (tenant, asset) =>
			read(async (rows) => {
				const filter = { a: idOf(tenant, asset) };
				const found = await rows.select("claim", { filter, sort: { k: 1 } });
				return found.map((row) => parsed<Claim>(row));
			}),
	};
}

export function workReader({ read }: ReadContext): WorkReader {
	return {
		idempotency: (tenant, key) =>
			read(async (rows) =>
				maybeVersioned<IdempotencyRecord>(
					await rows.one("idempotency", tenant, key),
				),
			),
		expiredIdempotency: (nowMillis, limit) =>
			read(async (rows) => {
				const found = await rows.select("idempotency", {
					filter: { x: { $lt: nowMillis } },
					sort: { x: 1, k: 1 },
					limit,
				});
				return found.map((row) => versioned<IdempotencyRecord>(row));
			}),
		job: (tenant, job) =>
			read(async (rows) =>
				maybeVersioned<Job>(await rows.one("job", tenant, job)),
			),
		dueJobs: (nowMillis, limit) =>
			read(async (rows) => {
				const found = await rows.select("job", {
					filter: { x: { $lte: nowMillis }, d: { $lte: nowMillis } },
					sort: { x: 1, k: 1 },
					limit,
				});
				return found.map((row) => versioned<Job>(row));
			}),
		reports: (tenant, asset, { after, limit }) =>
			read(async (rows) => {
				const last = after && { $lt: idOf(tenant, asset, after) };
				const found = await rows.select("report", {
					filter: { k: { ...below([tenant, asset]), ...last } },
					sort: { k: -1 },
					limit,
				});
				return found.map((row) => parsed<MetricsReport>(row));
			}),
		nextJobAtMillis: () =>
			read(async (rows) => {
				const [first] = await rows.select("job", {
					filter: { d: { $gte: Number.NEGATIVE_INFINITY } },
					sort: { d: 1 },
					limit: 1,
				});
				return first?.d;
			}),
	};
}
