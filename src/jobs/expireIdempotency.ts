import { isDeepStrictEqual } from "node:util";
import { PangolinError } from "../model/errors.ts";
import type { Change } from "../store/changes.ts";
import type { IdempotencyRecord, Versioned } from "../store/records.ts";
import type { JobDeps } from "./deps.ts";

/**
 * Removes the idempotency records whose time is over, page by page.
 * @returns how many
 * @throws PangolinError `unavailable` when the store refuses to remove records that nobody has changed
 */
export async function expireIdempotency(
	{ store, clock, settings }: Pick<JobDeps, "store" | "clock" | "settings">,
	stopping: AbortSignal,
): Promise<number> {
	let removed = 0;
	let refused: Versioned<IdempotencyRecord>[] | undefined;
	while (!stopping.aborted) {
		const page = await store.work.expiredIdempotency(
			clock(),
			settings.pageSize,
		);
		if (page.length === 0) return removed;
		if (isDeepStrictEqual(page, refused))
			throw new PangolinError(
				"unavailable",
				"Expired idempotency records cannot be removed; they are tried again later",
			);
		const { outcome } = await store.apply(page.map(removal));
		// A key of them was used anew meanwhile: then they are read again.
		refused = outcome === "refused" ? page : undefined;
		if (outcome === "applied") removed += page.length;
	}
	return removed;
}

function removal({ value, version }: Versioned<IdempotencyRecord>): Change {
	const { tenant, key } = value;
	return {
		op: "delete",
		collection: "idempotency",
		key: { tenant, key },
		ifVersion: version,
	};
}
