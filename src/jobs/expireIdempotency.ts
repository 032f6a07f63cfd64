import type { Change } from "../store/changes.ts";
import type { JobDeps } from "./deps.ts";

/**
 * Removes the idempotency records whose time is over, page by page.
 * @returns how many
 */
export async function expireIdempotency(
	{ store, clock, settings }: Pick<JobDeps, "store" | "clock" | "settings">,
	stopping: AbortSignal,
): Promise<number> {
	let removed = 0;
	while (!stopping.aborted) {
		const page = await store.work.expiredIdempotency(
			clock(),
			settings.pageSize,
		);
		if (page.length === 0) return removed;
		// Refused when a key of them was used anew meanwhile: then they are read again.
		const result = await store.apply(
			page.map(({ value: { tenant, key }, version }): Change => {
				return {
					op: "delete",
					collection: "idempotency",
					key: { tenant, key },
					ifVersion: version,
				};
			}),
		);
		if (result.outcome === "applied") removed += page.length;
	}
	return removed;
}
