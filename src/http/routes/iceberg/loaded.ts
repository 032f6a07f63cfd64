import type { Loaded } from "../../../catalog/results.ts";
import type { Answer } from "../../answer.ts";

/** A table's load result, with its entity tag. */
export function loadedTable(loaded: Loaded): Answer {
	return { status: 200, body: loaded.body, etag: loaded.etag };
}

/** A view's load result; the specification knows no entity tags of views. */
export function loadedView(loaded: Loaded): Answer {
	return { status: 200, body: loaded.body };
}

const ONE_TAG = /^(?:W\/)?"[^"]*"$/;

/** 304; it repeats the entity tag when the caller named just one. */
export function notModified(ifNoneMatch: string | undefined): Answer {
	const etag =
		ifNoneMatch !== undefined && ONE_TAG.test(ifNoneMatch)
			? ifNoneMatch
			: undefined;
	return { status: 304, body: null, etag };
}
