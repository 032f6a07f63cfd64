import { PangolinError } from "../../model/errors.ts";
import { StoreUnavailable } from "../contract.ts";

/**
 * What the driver's errors mean, by SQLSTATE
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html). The only
 * place that looks at them.
 */
export type DriverFailure =
	/** The server ended the transaction as it met others: it may be tried again. */
	| "retry"
	/** The server refused or ended the statement: nothing of it counts. */
	| "refused"
	/** The statement took too long, and was ended by the server: nothing of it counts. */
	| "timeout"
	/** A rule of the schema was broken, or a statement is wrong: a bug of ours. */
	| "bug"
	/** The server went away or says nothing: what was sent may have been done. */
	| "lost"
	/** No connection was made: nothing was sent. */
	| "not-connected";

/** No connection could be had. */
export class ConnectionFailure extends Error {
	constructor(cause: unknown) {
		super(messageOf(cause), { cause });
		this.name = "ConnectionFailure";
	}
}

/** serialization_failure, deadlock_detected, lock_not_available */
const RETRY = new Set(["40001", "40P01", "55P03"]);
/** query_canceled: by statement_timeout, which ends before the commit begins. */
const CANCELED = "57014";
/** Invalid transaction state, syntax, data, resources, limits, prerequisites, PL/pgSQL: ends the statement, not the server. */
const REFUSED = new Set(["25", "53", "54", "55"]);
const BUG = new Set(["0A", "21", "22", "23", "26", "42", "P0"]);

/** What went wrong with something that was asked of the database. */
export function driverFailure(error: unknown): DriverFailure {
	if (error instanceof ConnectionFailure) return "not-connected";
	const state = sqlState(error);
	if (state === undefined) return "lost";
	if (RETRY.has(state)) return "retry";
	if (state === CANCELED) return "timeout";
	if (REFUSED.has(state.slice(0, 2))) return "refused";
	return BUG.has(state.slice(0, 2)) ? "bug" : "lost";
}

/** read_only_sql_transaction: the server became a replica, the primary is elsewhere. */
const READ_ONLY = "25006";

/** Whether a connection must not be used again. */
export function isBroken(error: unknown): boolean {
	return driverFailure(error) === "lost" || sqlState(error) === READ_ONLY;
}

/** Five characters, from the server; the system's own codes (`ECONNRESET`) are longer. */
function sqlState(error: unknown): string | undefined {
	if (!(error instanceof Error) || !("code" in error)) return undefined;
	const { code } = error;
	return typeof code === "string" &&
		/^[0-9A-Z]{5}$/.test(code) &&
		"severity" in error
		? code
		: undefined;
}

/** What a change set that was sent came to, as the contract says it (sentence W4). */
export function applyError(error: unknown): Error {
	const message = messageOf(error);
	switch (driverFailure(error)) {
		case "retry":
			return new StoreUnavailable("not-applied", message, {
				cause: error,
				overloaded: true,
			});
		case "refused":
		case "timeout":
		case "not-connected":
			return new StoreUnavailable("not-applied", message, { cause: error });
		case "lost":
			return new StoreUnavailable("unknown", message, { cause: error });
		case "bug":
			return new Error(message, { cause: error });
	}
}

/** A read changes nothing, whatever became of it. */
export function readError(error: unknown): Error {
	return driverFailure(error) === "bug"
		? new Error(messageOf(error), { cause: error })
		: new StoreUnavailable("not-applied", messageOf(error), { cause: error });
}

/**
 * What a statement of a move came to. Only a commit can be unknown: what fails
 * before it is undone.
 */
export function moveError(
	where: string,
	error: unknown,
	isCommitting: boolean,
): Error {
	const options = { cause: error };
	switch (sqlState(error)?.slice(0, 2)) {
		case "22":
			return new PangolinError(
				"bad-request",
				`a row holds what PostgreSQL cannot keep (${messageOf(error)})`,
				options,
			);
		case "23":
			return new PangolinError(
				"bad-request",
				"a row names what is missing, or comes twice",
				options,
			);
	}
	const failure = driverFailure(error);
	const message = openFailureMessage(where, error);
	if (failure === "bug") return new Error(message, options);
	if (failure !== "lost" || !isCommitting)
		return new StoreUnavailable("not-applied", message, options);
	return new StoreUnavailable(
		"unknown",
		`${where} did not say whether it has taken all in (${messageOf(error)}): run the same import again, which is refused if it has`,
		options,
	);
}

/** For people: one line, why the database cannot be used. */
export function openFailureMessage(where: string, error: unknown): string {
	const cause = error instanceof ConnectionFailure ? error.cause : error;
	const detail = messageOf(cause);
	if (isOfFile(cause)) return `${where} cannot be used: ${detail}`;
	switch (codeOf(cause)) {
		case "ECONNREFUSED":
		case "ENOENT":
			return `${where} cannot be reached: no PostgreSQL listens there`;
		case "ENOTFOUND":
		case "EAI_AGAIN":
			return `${where} cannot be reached: its host name is not known`;
		case "28P01":
		case "28000":
			return `${where} refused the user or the password (${detail})`;
		case "3D000":
			return `${where} does not exist (${detail}); make it with CREATE DATABASE`;
		case "42501":
			return `${where} lacks a privilege (${detail}); the user must be allowed to create a schema in the database`;
		case "53300":
			return `${where} has no free connection (${detail})`;
		case "57P03":
			return `${where} does not accept connections now (${detail})`;
		default:
			return `${where} cannot be used: ${detail}`;
	}
}

/** The file of the password or of the authorities, not a socket. */
function isOfFile(error: unknown): boolean {
	return (
		error instanceof Error && "syscall" in error && error.syscall === "open"
	);
}

function codeOf(error: unknown): unknown {
	return error instanceof Error && "code" in error ? error.code : undefined;
}

/** An error for several addresses of one name has no text of its own. */
export function messageOf(error: unknown): string {
	if (error instanceof AggregateError && error.message === "")
		return error.errors.map(messageOf).join(", ");
	return error instanceof Error ? error.message : String(error);
}
