/** What the bench asks of the load generator's process, one at a time. */
export type Job =
	/** The same requests over and over, in turn. */
	| {
			readonly kind: "repeat";
			readonly port: number;
			/** Of further servers, between which the clients are shared out. */
			readonly otherPorts?: readonly number[];
			readonly clients: number;
			readonly milliseconds: number;
			/** Whole request texts; each client starts at another one. */
			readonly requests: readonly string[];
			readonly status: number;
	  }
	/** Each request once: `clients` at a time. */
	| {
			readonly kind: "each";
			readonly port: number;
			readonly clients: number;
			readonly requests: readonly string[];
			readonly status: number;
	  }
	/** Each client creates tables of its own names until the time is over. */
	| {
			readonly kind: "create";
			readonly port: number;
			readonly clients: number;
			readonly milliseconds: number;
			readonly tablesPath: string;
	  }
	/** Appends with assertions; no two clients share a table. */
	| {
			readonly kind: "append";
			readonly port: number;
			/** Of further servers of the same tables. */
			readonly otherPorts?: readonly number[];
			readonly clients: number;
			readonly milliseconds: number;
			readonly tables: readonly string[];
	  }
	/** All clients append to one table: load, commit, on a refusal wait as Java's client does, and again. */
	| {
			readonly kind: "hot-asserting";
			readonly port: number;
			readonly clients: number;
			readonly milliseconds: number;
			readonly table: string;
	  }
	/** All clients set a property of one table and assert nothing. */
	| {
			readonly kind: "hot-blind";
			readonly port: number;
			readonly clients: number;
			readonly milliseconds: number;
			readonly table: string;
	  }
	/** One client appends so many times. */
	| {
			readonly kind: "grow";
			readonly port: number;
			readonly table: string;
			readonly commits: number;
	  };

export interface Outcome {
	/** Operations that succeeded. */
	readonly operations: number;
	/** Attempts that were answered with a conflict. */
	readonly refused: number;
	readonly seconds: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
}

/** Iceberg's `commit.retry.*` defaults: four retries, 100 ms doubled each time, at most a minute. */
export const JAVA_RETRY = {
	retries: 4,
	minWaitMs: 100,
	maxWaitMs: 60_000,
	factor: 2,
} as const;
