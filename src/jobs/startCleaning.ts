import type { JobPayloads } from "../catalog/jobs.ts";
import { brandId, type JobId, type TenantId } from "../model/ids.ts";
import type { Catalog } from "../model/registry.ts";
import type { JobDeps } from "./deps.ts";

const PAGE = 100;

/** Sees to it that every catalog has its job `clean`, whose id is the catalog's own. */
export async function startCleaning(
	deps: JobDeps,
	stopping: AbortSignal,
): Promise<void> {
	const { registry } = deps.store;
	for (let after: TenantId | undefined; !stopping.aborted; ) {
		const tenants = await registry.tenants({ after, limit: PAGE });
		for (const { value } of tenants)
			await startInTenant(deps, value.id, stopping);
		if (tenants.length < PAGE) return;
		after = tenants.at(-1)?.value.id;
	}
}

async function startInTenant(
	deps: JobDeps,
	tenant: TenantId,
	stopping: AbortSignal,
): Promise<void> {
	const { registry } = deps.store;
	for (let after: string | undefined; !stopping.aborted; ) {
		const catalogs = await registry.catalogs(tenant, { after, limit: PAGE });
		for (const { value } of catalogs) await startIn(deps, value);
		if (catalogs.length < PAGE) return;
		after = catalogs.at(-1)?.value.name;
	}
}

async function startIn(
	{ store, clock, settings }: JobDeps,
	{ tenant, id }: Catalog,
): Promise<void> {
	const job = brandId<JobId>(id);
	if ((await store.work.job(tenant, job)) !== undefined) return;
	const payload: JobPayloads["clean"] = { catalog: id };
	// Another server may have been faster: one of the two is refused.
	await store.apply([
		{
			op: "insert",
			collection: "job",
			value: {
				id: job,
				tenant,
				kind: "clean",
				payload: JSON.stringify(payload),
				runAfterMillis: clock() + settings.cleanMillis * spread(id),
				attempts: 0,
				lastError: null,
				leaseOwner: null,
				leaseUntilMillis: 0,
			},
		},
	]);
}

/** From 0 to 1, so that the catalogs of a server are not all cleaned at once. */
function spread(id: string): number {
	let sum = 0;
	for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 1000;
	return sum / 1000;
}
