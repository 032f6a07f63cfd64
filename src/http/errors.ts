import type { ErrorCode } from "../model/errors.ts";
import { PangolinError } from "../model/errors.ts";

export interface HttpError {
	readonly status: number;
	/** The exception type by which Iceberg clients choose theirs. */
	readonly type: string;
}

/**
 * What each error code is on the wire. Clients rely on it: after 409 a Java
 * client deletes the files of its commit, after 500 of a commit it keeps them,
 * 429 (and 503 with Retry-After) it repeats by itself, which is why those two
 * stand only for requests that had no effect.
 */
export const HTTP_ERRORS: Readonly<Record<ErrorCode, HttpError>> = {
	"bad-request": { status: 400, type: "BadRequestException" },
	"validation-failed": { status: 400, type: "IllegalArgumentException" },
	"location-not-allowed": { status: 400, type: "BadRequestException" },
	"not-authenticated": { status: 401, type: "NotAuthorizedException" },
	forbidden: { status: 403, type: "ForbiddenException" },
	"tenant-not-found": { status: 404, type: "NoSuchTenantException" },
	"warehouse-not-found": { status: 404, type: "NoSuchWarehouseException" },
	"catalog-not-found": { status: 404, type: "NoSuchWarehouseException" },
	"namespace-not-found": { status: 404, type: "NoSuchNamespaceException" },
	"table-not-found": { status: 404, type: "NoSuchTableException" },
	"view-not-found": { status: 404, type: "NoSuchViewException" },
	"asset-not-found": { status: 404, type: "NoSuchAssetException" },
	"ref-not-found": { status: 404, type: "NoSuchReferenceException" },
	"merge-not-found": { status: 404, type: "NoSuchMergeException" },
	"file-not-found": { status: 404, type: "NotFoundException" },
	"route-not-found": { status: 404, type: "NoSuchRouteException" },
	"method-not-allowed": { status: 405, type: "MethodNotAllowedException" },
	"already-exists": { status: 409, type: "AlreadyExistsException" },
	"namespace-not-empty": { status: 409, type: "NamespaceNotEmptyException" },
	"in-use": { status: 409, type: "InUseException" },
	"commit-conflict": { status: 409, type: "CommitFailedException" },
	"location-busy": { status: 409, type: "LocationBusyException" },
	unprocessable: { status: 422, type: "UnprocessableEntityException" },
	"idempotency-mismatch": { status: 422, type: "UnprocessableEntityException" },
	unsupported: { status: 406, type: "UnsupportedOperationException" },
	"unsupported-media-type": {
		status: 415,
		type: "UnsupportedMediaTypeException",
	},
	"body-too-large": { status: 413, type: "PayloadTooLargeException" },
	"request-timeout": { status: 408, type: "RequestTimeoutException" },
	overloaded: { status: 429, type: "TooManyRequestsException" },
	unavailable: { status: 503, type: "ServiceUnavailableException" },
	"commit-state-unknown": {
		status: 500,
		type: "CommitStateUnknownException",
	},
	internal: { status: 500, type: "InternalServerError" },
};

const DEFAULT_RETRY_AFTER_SECONDS = 1;

/** The one envelope of all errors: `{"error": {"message", "type", "code"}}`. */
export function errorBody(
	status: number,
	type: string,
	message: string,
): Buffer {
	return Buffer.from(
		JSON.stringify({
			error: { message: message.toWellFormed(), type, code: status },
		}),
	);
}

/** Header values for an error, name and value in turn. */
export function errorHeaders(error: PangolinError): string[] {
	const headers: string[] = [];
	if (error.code === "overloaded" || error.code === "unavailable") {
		const seconds = error.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS;
		headers.push("retry-after", String(Math.max(1, Math.ceil(seconds))));
	}
	return headers;
}

/** What an unexpected error becomes for the caller: nothing of it is shown. */
export function internalError(requestId: string): PangolinError {
	return new PangolinError(
		"internal",
		`The server failed; its log has the details under request ${requestId}`,
	);
}
