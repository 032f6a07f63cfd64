/**
 * Everything that Pangolin tells its operator, as one closed union. Whoever
 * notices something builds one of these and hands it to `Observe`; log and
 * metrics are sinks of it (log.ts, metrics.ts) and decide what they keep.
 * Strings may come from hostile callers; sinks make them visible on one line.
 */
export type Observation =
	| RequestObservation
	| CommitObservation
	| JobObservation
	| ProcessObservation;

/** Hands an observation to the sinks. Never throws, never waits. */
export type Observe = (observation: Observation) => void;

export type RequestObservation =
	/** One per answered request. `route` is a route id, or `unknown`. */
	| {
			readonly kind: "request-answered";
			readonly requestId: string;
			readonly route: string;
			readonly method: string;
			readonly url: string;
			readonly status: number;
			readonly durationMillis: number;
	  }
	/** A bug or a broken dependency: answered as 500 without details. */
	| {
			readonly kind: "request-failed";
			readonly requestId: string;
			readonly route: string;
			readonly error: unknown;
	  }
	/** What never became a request: a bad start line, a timeout of the headers, … */
	| {
			readonly kind: "connection-refused";
			readonly status: number;
			readonly reason: string;
	  };

/** Commits to tables and views, and transactions over several of them. */
export type CommitObservation =
	| {
			readonly kind: "commit";
			readonly operation: string;
			readonly outcome: "applied" | "unchanged" | "refused" | "unknown";
			/** How often the row had changed meanwhile and the commit began anew. */
			readonly retries: number;
			readonly durationMillis: number;
	  }
	/** Something went wrong after the answer was certain; nobody else will hear of it. */
	| {
			readonly kind: "cleanup-failed";
			readonly what: string;
			readonly error: unknown;
	  };

export type JobObservation =
	| {
			readonly kind: "job-finished";
			readonly jobKind: string;
			readonly job: string;
			readonly attempts: number;
			readonly durationMillis: number;
			/** What was done, for people: files deleted, records removed. */
			readonly summary: string;
	  }
	| {
			readonly kind: "job-failed";
			readonly jobKind: string;
			readonly job: string;
			readonly attempts: number;
			/** Null when it will not be tried again. */
			readonly retryAtMillis: number | null;
			readonly error: unknown;
	  };

export type ProcessObservation =
	/** A line for the operator: the store used, the address, a shutdown. */
	| {
			readonly kind: "notice";
			readonly level: "info" | "warn" | "error";
			readonly message: string;
	  }
	/** An error that no caller is waiting for. */
	| {
			readonly kind: "background-error";
			readonly where: string;
			readonly error: unknown;
	  };
