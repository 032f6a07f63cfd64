/**
 * What the clients saw of one table. Times are of one clock (milliseconds of
 * `performance.now()` of the load process).
 */
export interface TableHistory {
	readonly table: string;
	readonly attempts: readonly Attempt[];
	readonly reads: readonly Read[];
	/** The pointer at the end, first link the oldest; see chain.ts. */
	readonly chain: readonly ChainLink[];
}

/** One commit that a client sent; its token is written into the metadata. */
export interface Attempt {
	readonly token: string;
	readonly startedAt: number;
	/** `unknown`: the connection broke, and no repetition with the same key settled it. */
	readonly outcome: Acknowledged | "refused" | "unknown";
	/** How often the connection broke: each may have left a file that nothing names. */
	readonly breaks: number;
}

export interface Acknowledged {
	readonly location: string;
	/** The newest entry of the answered metadata log. */
	readonly predecessor: string | undefined;
	readonly returnedAt: number;
	/** The answer came from a repetition, so it may be older than other commits that returned before. */
	readonly repeated: boolean;
}

export interface Read {
	readonly location: string;
	readonly startedAt: number;
}

/** A metadata file that the pointer named once. */
export interface ChainLink {
	readonly location: string;
	/** Undefined for the file that created the table. */
	readonly token: string | undefined;
	/** Its own metadata log. */
	readonly log: readonly string[];
}

export interface Violation {
	readonly kind:
		| "lost"
		| "phantom"
		| "double"
		| "stale"
		| "dirty"
		| "broken-log"
		| "orphans"
		| "history"
		| "server-error";
	readonly table: string;
	readonly detail: string;
}

/** For people: the first of them, one a line. */
export function listOf(violations: readonly Violation[]): string {
	return violations
		.slice(0, 20)
		.map(({ kind, table, detail }) => `${kind} ${table}: ${detail}`)
		.join("\n");
}
