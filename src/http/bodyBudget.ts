import type { IncomingMessage, ServerResponse } from "node:http";
import { overloaded } from "./gate.ts";
import type { Load } from "./serving.ts";

/** Bodies below this are not counted: connections times this is little. */
const SMALL_BYTES = 64 * 1024;
/** What a body without Content-Length counts for. */
const UNKNOWN_BYTES = 1024 * 1024;

/**
 * Bounds the memory that request bodies take together, from their headers to
 * their answer.
 * @throws PangolinError `overloaded`
 */
export function reserveBody(
	load: Load,
	maxBytes: number,
	request: IncomingMessage,
	response: ServerResponse,
): void {
	const length = request.headers["content-length"];
	const chunked = request.headers["transfer-encoding"] !== undefined;
	const bytes = chunked ? UNKNOWN_BYTES : Number(length ?? 0);
	if (bytes < SMALL_BYTES) return;
	if (load.bodyBytes + bytes > maxBytes) throw overloaded();
	load.bodyBytes += bytes;
	response.once("close", () => {
		load.bodyBytes -= bytes;
	});
}
