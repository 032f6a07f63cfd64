import { hash } from "node:crypto";
import type { Location } from "../files/contract.ts";
import type { Piece } from "../iceberg/elementTexts.ts";
import { type Bytes, bytesOf } from "../model/bytes.ts";
import type { AssetId } from "../model/ids.ts";
import type { RecordedAnswer } from "./idempotencySlot.ts";
import type { Cached, Rendering, Variant } from "./metadataCache.ts";
import type { Metadata } from "./metadataKinds.ts";
import type { Loaded } from "./results.ts";

const NONE: ReadonlyMap<Variant, Rendering> = new Map();

/**
 * Puts a load answer around the text of a metadata file, which is not touched.
 * @param pieces the file's text
 * @returns the file for the cache, and its text: a part of the body
 */
export function answered<M extends Metadata>(
	asset: AssetId,
	metadata: M,
	at: { readonly location: Location; readonly spelled: string },
	pieces: readonly Piece[],
): { file: Cached<M>; text: Bytes } {
	const { body, text } = loadBody(asset, at.spelled, pieces);
	const file = {
		asset,
		metadata,
		metadataLocation: at.spelled,
		body,
		etag: etagOf(asset, at.location, "all"),
		variants: NONE,
	};
	return { file, text };
}

/** The whole answer, and the metadata's part of it in the same memory. */
export function loadBody(
	asset: AssetId,
	metadataLocation: string,
	pieces: readonly Piece[],
): { body: Bytes; text: Bytes } {
	const head = `{"metadata-location":${JSON.stringify(metadataLocation)},"metadata":`;
	const tail = `,"config":{},"id":${JSON.stringify(asset)}}`;
	const body = bytesOf([head, ...pieces, tail]);
	const start = Buffer.byteLength(head);
	const end = body.length - Buffer.byteLength(tail);
	return { body, text: body.between(start, end) };
}

/**
 * One per content and representation.
 * @param location canonical; metadata files are immutable, so it stands for the content
 */
export function etagOf(
	asset: AssetId,
	location: string,
	variant: Variant | "all",
): string {
	const digest = hash("sha256", `${asset} ${variant} ${location}`);
	return `"${digest.slice(0, 32)}"`;
}

/** What callers get of a file; a copy of references only. */
export function loadedOf(file: Cached<Metadata>): Loaded {
	return {
		metadataLocation: file.metadataLocation,
		body: file.body,
		etag: file.etag,
	};
}

/** What an idempotency record keeps of a load answer. */
export function recordedOf(file: Cached<Metadata> | undefined): RecordedAnswer {
	return file === undefined
		? { kind: "empty" }
		: {
				kind: "loaded",
				metadataLocation: file.metadataLocation,
				asset: file.asset,
			};
}
