import type { Principal } from "../model/principal.ts";
import type { RecordChange } from "../store/changes.ts";
import type { CatalogDeps } from "./deps.ts";

/** An answer as the HTTP layer sends it. */
export interface Answer {
	readonly status: number;
	readonly body: Buffer | string | null;
	readonly metadataLocation?: string | null | undefined;
	readonly etag?: string | undefined;
}

/** What a successful effect answers, as far as the record must know it. */
export type RecordedAnswer =
	/** 204 without a body. */
	| { readonly kind: "empty" }
	/** 200 with this JSON text as body (`status` for another code). */
	| { readonly kind: "json"; readonly body: string; readonly status?: number }
	/** 200 with a table's or view's load answer, made again from its metadata file. */
	| {
			readonly kind: "loaded";
			readonly metadataLocation: string;
			readonly asset: string;
	  };

/**
 * Given to the use case in its scope: the change returned travels in the change
 * set of the effect, so that effect and record are one.
 */
export interface IdempotencySlot {
	record(answer: RecordedAnswer): RecordChange[];
}

export interface OnceRequest {
	readonly principal: Principal;
	/** The route's id. */
	readonly operation: string;
	/** The path, with everything that names what is changed. */
	readonly target: string;
	/** The header as it came. */
	readonly key: string;
	readonly bodyHash: string;
	/** Makes a `loaded` answer again; see `rebuildTable` and `rebuildView`. */
	readonly rebuild?:
		| ((metadataLocation: string, asset: string) => Promise<Answer>)
		| undefined;
}

/**
 * Runs a mutation at most once per Idempotency-Key. A repetition gets the
 * recorded answer (or throws the recorded error) without a second effect.
 * @throws PangolinError `bad-request` (no UUID), `idempotency-mismatch`
 */
export async function runOnce(
	_deps: CatalogDeps,
	_request: OnceRequest,
	_run: (slot: IdempotencySlot) => Promise<Answer>,
): Promise<Answer> {
	throw new Error("not built yet");
}
