import type { IncomingMessage } from "node:http";
import { PangolinError } from "../model/errors.ts";

/**
 * Collects a request's body. Undefined when the client went away before its end.
 * @throws PangolinError `body-too-large`; the rest of the body is then not read
 */
export async function readBody(
	request: IncomingMessage,
	limitBytes: number,
): Promise<Buffer | undefined> {
	const { headers } = request;
	const length = headers["content-length"];
	if (length === "0" || (length === undefined && !isChunked(request)))
		return Buffer.alloc(0);
	if (Number(length ?? 0) > limitBytes) throw tooLarge(limitBytes);
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		request.on("data", (chunk: Buffer) => {
			bytes += chunk.length;
			if (bytes > limitBytes) {
				request.removeAllListeners("data");
				chunks.length = 0;
				reject(tooLarge(limitBytes));
			} else chunks.push(chunk);
		});
		request.once("end", () => {
			const [only] = chunks;
			resolve(
				chunks.length === 1 && only !== undefined
					? only
					: Buffer.concat(chunks, bytes),
			);
		});
		// After `end` this has no effect any more.
		request.once("close", () => resolve(undefined));
		request.once("error", () => resolve(undefined));
	});
}

function isChunked(request: IncomingMessage): boolean {
	return request.headers["transfer-encoding"] !== undefined;
}

function tooLarge(limitBytes: number): PangolinError {
	return new PangolinError(
		"body-too-large",
		`The body is larger than the ${limitBytes} bytes that this route takes`,
	);
}
