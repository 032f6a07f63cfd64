import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import { PangolinError } from "../model/errors.ts";

/** Carries the message of the commit that a request makes. */
const MESSAGE_HEADER = "x-pangolin-message";
const MAX_MESSAGE_BYTES = 4096;

/**
 * The message that a caller gave for its commit; undefined: none.
 * @throws PangolinError `bad-request`
 */
export function commitMessage(
	headers: IncomingHttpHeaders,
): string | undefined {
	const given = headers[MESSAGE_HEADER];
	if (given === undefined || given === "") return undefined;
	const message = decoded(String(given));
	if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES)
		throw refusal(`is longer than ${MAX_MESSAGE_BYTES} bytes`);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	if (/[\u0000-\u001f\u007f-\u009f]/.test(message))
		throw refusal("contains a control character");
	return message;
}

/** Node reads header bytes as Latin-1; what is UTF-8 is meant as that. */
function decoded(text: string): string {
	const bytes = Buffer.from(text, "latin1");
	const isWhole = bytes.toString("latin1") === text;
	return isWhole && isUtf8(bytes) ? bytes.toString("utf8") : text;
}

function refusal(what: string): PangolinError {
	return new PangolinError("bad-request", `Header X-Pangolin-Message ${what}`);
}
