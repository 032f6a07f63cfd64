import type { FileStorage } from "../files/contract.ts";
import type { Clock, NewUuid } from "../model/ids.ts";
import type { Warehouse } from "../model/registry.ts";
import type { Observe } from "../observe/observation.ts";
import type { ChangeSet } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";

export interface JobDeps {
	readonly store: Store;
	storageFor(warehouse: Warehouse): FileStorage;
	readonly clock: Clock;
	readonly newUuid: NewUuid;
	readonly observe: Observe;
	readonly settings: JobSettings;
}

export interface JobSettings {
	/** How many jobs run at the same time. */
	readonly concurrency: number;
	/** How long a job belongs to a runner that gives no sign of life. */
	readonly leaseMillis: number;
	/** How many files are deleted, and records expired, in one step. */
	readonly pageSize: number;
	/** Wait after the first failure; it doubles with each further one. */
	readonly retryMillis: number;
	readonly longestRetryMillis: number;
	/** Jobs of other servers are noticed after this time at the latest. */
	readonly pollMillis: number;
	/** Time between two cleanings of one catalog; 0: none is cleaned. */
	readonly cleanMillis: number;
	/** Time between two removals of expired idempotency records. */
	readonly sweepMillis: number;
}

const MINUTE = 60_000;

export const DEFAULT_JOB_SETTINGS: JobSettings = {
	concurrency: 2,
	leaseMillis: MINUTE / 2,
	pageSize: 500,
	retryMillis: 1000,
	longestRetryMillis: 60 * MINUTE,
	pollMillis: 5000,
	cleanMillis: 0,
	sweepMillis: 10 * MINUTE,
};

/** What a job of some kind came to; the runner writes it down. */
export type JobResult =
	| {
			readonly outcome: "done";
			/** Applied in one change set with the end of the job. */
			readonly changes: ChangeSet;
			/** For people. */
			readonly summary: string;
	  }
	/** Work that comes back: as done, and due again. */
	| {
			readonly outcome: "again";
			readonly runAfterMillis: number;
			readonly summary: string;
	  }
	| {
			readonly outcome: "later";
			readonly changes: ChangeSet;
			/** Undefined: as after a failure, later each time. */
			readonly runAfterMillis?: number | undefined;
			readonly because: string;
	  };
