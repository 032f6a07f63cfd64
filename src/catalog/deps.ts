import type { FileStorage } from "../files/contract.ts";
import type { Clock, NewUuid } from "../model/ids.ts";
import type { Warehouse } from "../model/registry.ts";
import type { Observe } from "../observe/observation.ts";
import type { Store } from "../store/contract.ts";
import { type AssetQueue, openAssetQueue } from "./assetQueue.ts";
import { type MetadataCache, openMetadataCache } from "./metadataCache.ts";
import type { Answer } from "./recordedAnswers.ts";
import { openRenderedLists, type RenderedLists } from "./renderedLists.ts";

/** What the use cases of a catalog need; made once per server by `openCatalog`. */
export interface CatalogDeps extends CatalogParts {
	readonly metadata: MetadataCache;
	readonly lists: RenderedLists;
	/** Commits of this server to one table or view wait for one another here. */
	readonly queue: AssetQueue;
	/** Requests with an Idempotency-Key that run now, by tenant and key. */
	readonly running: Map<string, Promise<Answer>>;
	/** Reports received per asset since its old ones were last removed. */
	readonly reportsSincePruning: Map<string, number>;
}

export interface CatalogParts {
	readonly store: Store;
	storageFor(warehouse: Warehouse): FileStorage;
	readonly clock: Clock;
	readonly newUuid: NewUuid;
	readonly observe: Observe;
	/** Tells the background work that a job was inserted. */
	kickJobs(): void;
	/** Resolves after that many milliseconds. */
	wait(millis: number): Promise<void>;
	readonly limits: CatalogLimits;
}

export interface CatalogLimits {
	/** Bound of the cache of metadata files; 0 switches it off. */
	readonly metadataCacheBytes: number;
	/** How often a commit begins anew when another server was faster. */
	readonly commitAttempts: number;
	readonly idempotencyLifetimeMillis: number;
	/** How long a create waits for a purge of the same location. */
	readonly locationWaitMillis: number;
	readonly reportsPerTable: number;
	/** Largest and default page of a list. */
	readonly pageSize: number;
}

export const DEFAULT_CATALOG_LIMITS: CatalogLimits = {
	metadataCacheBytes: 64 * 1024 * 1024,
	commitAttempts: 16,
	idempotencyLifetimeMillis: 30 * 60 * 1000,
	locationWaitMillis: 5000,
	reportsPerTable: 100,
	pageSize: 1000,
};

/** Adds the state that lives as long as the server: caches and queues. */
export function openCatalog(parts: CatalogParts): CatalogDeps {
	return {
		...parts,
		metadata: openMetadataCache(parts.limits.metadataCacheBytes),
		lists: openRenderedLists(),
		queue: openAssetQueue(),
		running: new Map(),
		reportsSincePruning: new Map(),
	};
}
