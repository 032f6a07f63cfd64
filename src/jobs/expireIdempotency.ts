import type { Change } from "../store/changes.ts";
import type { JobDeps } from "./deps.ts";

/**
 * Removes the idempotency records whose time is over, page by page.
 * @returns how many
 */
export async function expireIdempotency(
	{ store, clock, settings }: JobDeps,
	stopping: AbortSignal,
): Promise<number> {
	let removed = 0;
	while (!stopping.aborted) {
		const page = await store.work.expiredIdempotency(
			clock(),
			settings.pageSize,
		);
		if (page.length === 0) return removed;
		await store.apply(
			page.map(({ tenant, key }): Change => {
				return {
					op: "delete",
					collection: "idempotency",
					key: { tenant, key },
				};
			}),
		);
		removed += page.length;
	}
	return removed;
}
