import type { AssetId, CatalogId, LineId, WarehouseId } from "../model/ids.ts";

/** A warehouse as a job remembers it: found again by its id, whatever its name is then. */
export interface JobWarehouse {
	readonly id: WarehouseId;
	readonly name: string;
}

/**
 * The background work that use cases ask for, by the job's kind. A job's
 * `payload` is the JSON text of one of these; all locations are canonical.
 */
export interface JobPayloads {
	/**
	 * Deletes everything below the folders that a dropped table or view claimed
	 * (its claims are `purging`), then gives up the claims. While another ref
	 * still reaches the table the job waits. It counts up the catalog's version
	 * before it looks for the last time: a change set that makes a ref to older
	 * numbers checks that version, so that neither misses the other.
	 */
	purge: {
		readonly catalog: CatalogId;
		readonly asset: AssetId;
		/** The Iceberg UUID, as in the claims. */
		readonly uuid: string;
		readonly warehouse: JobWarehouse;
		/** The locations of the asset's claims, each ending with `/`. */
		readonly folders: readonly string[];
		/** The last metadata file, which may lie outside the folders; it is deleted when nothing else names it. */
		readonly metadataLocation: string;
	};
	/** Deletes metadata files that fell out of a table's log, those that nothing names any more. */
	"remove-metadata": {
		readonly asset: AssetId;
		readonly warehouse: JobWarehouse;
		/** Only those below the asset's claims are deleted. */
		readonly metadataLocations: readonly string[];
	};
	/** Removes lines that nothing needs any more, from a deleted ref's own up to its first ancestor. */
	"collect-lines": { readonly lines: readonly LineId[] };
	/**
	 * Comes back again and again: forgets what a catalog does not keep any more and
	 * deletes the files that only this reached. It counts up the catalog's version
	 * as a purge does.
	 */
	clean: { readonly catalog: CatalogId };
	/** Deletes a branch that has expired when the job is due. */
	"expire-branch": { readonly catalog: CatalogId; readonly name: string };
}

export type JobKind = keyof JobPayloads;
