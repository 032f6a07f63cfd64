import type { Bytes } from "../model/bytes.ts";

/** What a handler answers; mount.ts sends it. */
export interface Answer {
	readonly status: number;
	/** Null: no body. */
	readonly body: Buffer | Bytes | string | null;
	readonly etag?: string | undefined;
	/** Media type of the body; JSON when absent. */
	readonly contentType?: string | undefined;
	/** Further headers, name and value in turn. */
	readonly headers?: readonly string[] | undefined;
}

export const NO_CONTENT: Answer = { status: 204, body: null };

/** An answer with a value as JSON; `JSON.stringify` must be lossless for it. */
export function json(status: number, value: unknown): Answer {
	return { status, body: Buffer.from(JSON.stringify(value)) };
}
