/**
 * Every error that a caller of Pangolin can meet, as one closed union of codes.
 * There is no HTTP here: http/errors.ts maps each code to a status and to the
 * exception type that Iceberg clients know.
 */
export type ErrorCode =
	/** The request cannot be understood or is not valid. */
	| "bad-request"
	/** The request is well-formed JSON but breaks a rule of Iceberg's table or view specification. */
	| "validation-failed"
	/** A location is not one that this warehouse accepts. */
	| "location-not-allowed"
	| "not-authenticated"
	| "forbidden"
	| "tenant-not-found"
	| "warehouse-not-found"
	| "catalog-not-found"
	| "namespace-not-found"
	| "table-not-found"
	| "view-not-found"
	| "asset-not-found"
	| "ref-not-found"
	/** A merge operation or one of its conflicts does not exist. */
	| "merge-not-found"
	/** A metadata file that a pointer names cannot be found. */
	| "file-not-found"
	/** The route itself does not exist. */
	| "route-not-found"
	| "method-not-allowed"
	| "already-exists"
	| "namespace-not-empty"
	/** Something still uses what was to be deleted (a warehouse with catalogs, …). */
	| "in-use"
	/** A requirement of a commit does not hold, or the row changed meanwhile: retry on a fresh base. */
	| "commit-conflict"
	/** A location is still being purged. */
	| "location-busy"
	| "unprocessable"
	/** An Idempotency-Key was used before for another request. */
	| "idempotency-mismatch"
	| "unsupported"
	| "unsupported-media-type"
	| "body-too-large"
	| "request-timeout"
	/** Refused before any effect, because the server is at its limit or stopping. */
	| "overloaded"
	/** The store or the file storage cannot be reached; nothing was done. */
	| "unavailable"
	/** A commit may or may not have been applied. */
	| "commit-state-unknown"
	| "internal";

export interface ErrorDetails {
	/** Seconds after which a retry makes sense (`overloaded`, `unavailable`). */
	readonly retryAfterSeconds?: number;
	readonly cause?: unknown;
}

/** The one error class: a code for programs, a message that says what to do. */
export class PangolinError extends Error {
	readonly code: ErrorCode;
	readonly retryAfterSeconds: number | undefined;

	constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
		super(
			message,
			details.cause === undefined ? undefined : { cause: details.cause },
		);
		this.name = "PangolinError";
		this.code = code;
		this.retryAfterSeconds = details.retryAfterSeconds;
	}
}

/** A broken promise of our own code. Answered as 500 without details. */
export function assert(condition: unknown, message: string): asserts condition {
	if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** Makes a `switch` over a union fail to compile when a member is not handled. */
export function unreachable(value: never): never {
	throw new Error(`unreachable: ${String(value)}`);
}
