import type { Bytes } from "../model/bytes.ts";
import { type ErrorCode, PangolinError } from "../model/errors.ts";
import type { Principal } from "../model/principal.ts";
import type { IdempotencyRecord } from "../store/records.ts";
import type { RecordedAnswer } from "./idempotencySlot.ts";

/** An answer as the HTTP layer sends it. */
export interface Answer {
	readonly status: number;
	readonly body: Buffer | Bytes | string | null;
	readonly metadataLocation?: string | undefined;
	readonly etag?: string | undefined;
}

/** What is kept of an answer. With a `metadataLocation`, `body` is the asset's id. */
export type RecordContent = Pick<
	IdempotencyRecord,
	"status" | "body" | "metadataLocation"
>;

/** Makes a load answer again from its metadata file. */
export type Rebuild = (
	metadataLocation: string,
	asset: string,
) => Promise<Answer>;

/** A keyed request, bound to operation, target, principal and body. */
export interface Bound {
	readonly principal: Principal;
	readonly key: string;
	readonly binding: string;
	readonly rebuild?: Rebuild | undefined;
}

export function contentOf(answer: RecordedAnswer): RecordContent {
	switch (answer.kind) {
		case "empty":
			return { status: 204, body: null, metadataLocation: null };
		case "json":
			return {
				status: answer.status ?? 200,
				body: answer.body,
				metadataLocation: null,
			};
		case "loaded":
			return {
				status: 200,
				body: answer.asset,
				metadataLocation: answer.metadataLocation,
			};
	}
}

/** An answer whose use case named nothing for the record: kept as it is. */
export function contentOfAnswer(answer: Answer): RecordContent {
	const { status, body } = answer;
	return {
		status,
		body: body === null ? null : body.toString(),
		metadataLocation: null,
	};
}

const ERROR_STATUS = 400;

/** Errors are kept by code and message; the HTTP layer makes the same answer of them. */
export function contentOfError(error: PangolinError): RecordContent {
	return {
		status: ERROR_STATUS,
		body: JSON.stringify([error.code, error.message]),
		metadataLocation: null,
	};
}

/**
 * Gives a recorded answer again, or throws the recorded error.
 * @throws PangolinError `idempotency-mismatch` when another request has the key
 */
export async function replay(
	request: Bound,
	record: IdempotencyRecord,
): Promise<Answer> {
	if (record.binding !== request.binding) {
		throw new PangolinError(
			"idempotency-mismatch",
			"The Idempotency-Key was used before for another request",
		);
	}
	const { status, body, metadataLocation } = record;
	if (status === ERROR_STATUS && body !== null) throw recordedError(body);
	if (metadataLocation === null || body === null) return { status, body };
	if (request.rebuild === undefined)
		throw new Error("a load answer was recorded for a route without loads");
	return request.rebuild(metadataLocation, body);
}

function recordedError(body: string): PangolinError {
	const [code, message]: unknown[] = JSON.parse(body);
	return isErrorCode(code)
		? new PangolinError(code, String(message))
		: new PangolinError("bad-request", String(message));
}

function isErrorCode(code: unknown): code is ErrorCode {
	return typeof code === "string" && Object.hasOwn(IS_TERMINAL, code);
}

/** Whether the same request would fail in the same way again: those are recorded. */
export function isTerminal(code: ErrorCode): boolean {
	return IS_TERMINAL[code];
}

const IS_TERMINAL: Readonly<Record<ErrorCode, boolean>> = {
	"bad-request": true,
	"validation-failed": true,
	"location-not-allowed": true,
	"not-authenticated": false,
	forbidden: false,
	"tenant-not-found": true,
	"warehouse-not-found": true,
	"catalog-not-found": true,
	"namespace-not-found": true,
	"table-not-found": true,
	"view-not-found": true,
	"asset-not-found": true,
	"ref-not-found": true,
	"merge-not-found": true,
	"file-not-found": true,
	"route-not-found": false,
	"method-not-allowed": false,
	"already-exists": true,
	"namespace-not-empty": true,
	"in-use": true,
	"commit-conflict": true,
	"location-busy": false,
	unprocessable: true,
	"idempotency-mismatch": false,
	unsupported: true,
	"unsupported-media-type": false,
	"body-too-large": false,
	"request-timeout": false,
	overloaded: false,
	unavailable: false,
	"commit-state-unknown": false,
	internal: false,
};
