import {
	MongoError,
	MongoNetworkError,
	MongoServerError,
	MongoWriteConcernError,
} from "mongodb";
import { PangolinError } from "../../model/errors.ts";
import { StoreUnavailable } from "../contract.ts";

/**
 * What the driver's errors mean for a write. The only place that looks at them.
 */
export type DriverFailure =
	/** A document with this key is there. */
	| "taken"
	/** Nothing was sent to a server. */
	| "unsent"
	/** It was sent, and what became of it is not known. */
	| "unclear"
	/** A server took it and said no: nothing was written. */
	| "refused";

/** Errors from before a connection was at hand. */
const UNSENT = new Set([
	"MongoServerSelectionError",
	"MongoTopologyClosedError",
	"MongoNotConnectedError",
	"MongoWaitQueueTimeoutError",
	"MongoPoolClosedError",
	"MongoPoolClearedError",
]);

/** A server that stops, steps down or gives up waiting: the write may have been made. */
const UNCLEAR_CODES = new Set([
	6, // HostUnreachable
	7, // HostNotFound
	50, // MaxTimeMSExpired
	64, // WriteConcernTimeout
	89, // NetworkTimeout
	91, // ShutdownInProgress
	189, // PrimarySteppedDown
	202, // NetworkInterfaceExceededTimeLimit
	262, // ExceededTimeLimit
	9001, // SocketException
	10107, // NotWritablePrimary
	11600, // InterruptedAtShutdown
	11601, // Interrupted
	11602, // InterruptedDueToReplStateChange
	13435, // NotPrimaryNoSecondaryOk
	13436, // NotPrimaryOrSecondary
]);

/** The driver was waited for long enough. It may still do what it was asked to. */
export class OverdueError extends Error {}

/** What went wrong, or undefined when the error is not the driver's. */
export function driverFailure(error: unknown): DriverFailure | undefined {
	// The socket's own error gets through while the driver closes a connection.
	if (isSystemError(error) || error instanceof OverdueError) return "unclear";
	if (!(error instanceof MongoError)) return undefined;
	if (UNSENT.has(error.name)) return "unsent";
	if (error instanceof MongoNetworkError)
		return isBeforeHandshake(error) ? "unsent" : "unclear";
	if (error instanceof MongoWriteConcernError) return "unclear";
	if (!(error instanceof MongoServerError)) return "unclear";
	if (error.code === 11000) return "taken";
	// The label: a server says that it does not know either.
	const isUnclear =
		UNCLEAR_CODES.has(Number(error.code)) ||
		error.hasErrorLabel("RetryableWriteError");
	return isUnclear ? "unclear" : "refused";
}

/** Whether an error says no more than that the database does not answer now. */
export function isAway(error: unknown): boolean {
	if (error instanceof StoreUnavailable)
		return error.cause === undefined || isAway(error.cause);
	const failure = driverFailure(error);
	return failure === "unsent" || failure === "unclear";
}

/** EPIPE comes without a call where the other side has ended the connection. */
function isSystemError(error: unknown): boolean {
	if (!(error instanceof Error && "code" in error)) return false;
	return "syscall" in error || error.code === "EPIPE";
}

/** The driver says so, in a property that its types leave out. */
function isBeforeHandshake(error: MongoNetworkError): boolean {
	return "beforeHandshake" in error && error.beforeHandshake === true;
}

/** Why a database cannot be used, for people. */
export function openFailure(error: unknown): PangolinError {
	if (error instanceof PangolinError) return error;
	return new PangolinError(
		"unavailable",
		`MongoDB cannot be used: ${messageOf(error)}; check DATABASE_URL, and that the server runs and takes connections from here`,
	);
}

/** For people: one line without the address, which may hold a password. */
export function messageOf(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	return text.replaceAll(/mongodb(\+srv)?:\/\/\S+/gi, "the database");
}
