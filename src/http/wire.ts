import type { Duplex } from "node:stream";
import type { ErrorCode } from "../model/errors.ts";
import type { Observe } from "../observe/observation.ts";
import { errorBody, HTTP_ERRORS } from "./errors.ts";

/**
 * Answers what never became a request (a malformed start line or header, headers
 * that are too large or too slow) in the envelope of all errors, and closes the
 * connection.
 */
export function answerClientError(
	error: Error,
	socket: Duplex,
	observe: Observe,
): void {
	const code = "code" in error ? String(error.code) : "";
	if (code === "ECONNRESET" || !socket.writable) {
		socket.destroy();
		return;
	}
	const refusal = refusalOf(code);
	observe({
		kind: "connection-refused",
		status: refusal.status,
		reason: `${refusal.message} (${code})`,
	});
	const body = errorBody(refusal.status, refusal.type, refusal.message);
	socket.end(
		Buffer.concat([
			Buffer.from(
				[
					`HTTP/1.1 ${refusal.status} ${refusal.reason}`,
					"connection: close",
					"content-type: application/json",
					`content-length: ${body.length}`,
					"\r\n",
				].join("\r\n"),
			),
			body,
		]),
	);
}

interface Refusal {
	readonly status: number;
	readonly reason: string;
	readonly type: string;
	readonly message: string;
}

function refusalOf(code: string): Refusal {
	if (code === "HPE_HEADER_OVERFLOW") {
		return {
			status: 431,
			reason: "Request Header Fields Too Large",
			type: "RequestHeaderFieldsTooLargeException",
			message: "The request's headers are too large",
		};
	}
	return code === "ERR_HTTP_REQUEST_TIMEOUT"
		? known("request-timeout", "Request Timeout", "The request came too slowly")
		: known("bad-request", "Bad Request", "The request is not valid HTTP/1.1");
}

function known(code: ErrorCode, reason: string, message: string): Refusal {
	return { ...HTTP_ERRORS[code], reason, message };
}
