import type { AssetId, CatalogId } from "../model/ids.ts";

/**
 * The background work that use cases ask for, by the job's kind. A job's
 * `payload` is the JSON text of one of these; all locations are canonical.
 */
export interface JobPayloads {
	/**
	 * Deletes everything below the folders that a dropped table or view claimed
	 * (its claims are `purging`), then gives up the claims. What another asset or
	 * ref still reaches stays.
	 */
	purge: {
		readonly catalog: CatalogId;
		readonly asset: AssetId;
		/** Name of the warehouse that holds the files. */
		readonly warehouse: string;
		/** The last metadata file, which may lie outside the folders. */
		readonly metadataLocation: string;
	};
	/** Deletes metadata files that fell out of a table's log, those that nothing names any more. */
	"remove-metadata": {
		readonly asset: AssetId;
		readonly warehouse: string;
		readonly metadataLocations: readonly string[];
	};
	"expire-idempotency": Record<string, never>;
}

export type JobKind = keyof JobPayloads;
