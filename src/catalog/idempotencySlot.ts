import type { RecordChange } from "../store/changes.ts";

/** What a successful effect answers, as far as the record must know it. */
export type RecordedAnswer =
	/** 204 without a body. */
	| { readonly kind: "empty" }
	/** 200 (unless `status` says otherwise) with this JSON text as body. */
	| {
			readonly kind: "json";
			readonly body: string;
			readonly status?: number | undefined;
	  }
	/** 200 with a table's or view's load answer, made again from its metadata file. */
	| {
			readonly kind: "loaded";
			readonly metadataLocation: string;
			readonly asset: string;
	  };

/**
 * Given to the use case in its scope: the changes that it returns travel in the
 * change set of the effect, so that effect and record are one.
 */
export interface IdempotencySlot {
	/** Changes for the effect's change set; the last answer named is the one that counts. */
	record(answer: RecordedAnswer): RecordChange[];
	/** Said when a change set with the record was applied. */
	applied(): void;
}

/** Somebody else finished a request with the same key meanwhile; nothing was done. */
export class IdempotencyRace extends Error {
	constructor() {
		super("the idempotency key was used meanwhile");
		this.name = "IdempotencyRace";
	}
}
