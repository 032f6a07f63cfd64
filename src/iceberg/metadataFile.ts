import { isUtf8 } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Bytes } from "../model/bytes.ts";
import { PangolinError } from "../model/errors.ts";
import type { Properties } from "../model/registry.ts";
import { invalid, malformed, own } from "./fields.ts";
import { withoutTrailingSlash } from "./paths.ts";

/** Larger metadata is refused: a small gzip file may expand to any size. */
const MAX_METADATA_BYTES = 512 * 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

/** Where a table's or view's metadata files lie, without a trailing slash. */
export function metadataFolder(metadata: {
	readonly location: string;
	readonly properties: Properties;
}): string {
	const path = own(metadata.properties, "write.metadata.path");
	return path === undefined || path === ""
		? `${withoutTrailingSlash(metadata.location)}/metadata`
		: withoutTrailingSlash(path);
}

/**
 * `00001-<uuid>.metadata.json` after `00000-…`, or with `.gz` before `.metadata`
 * when `write.metadata.compression-codec` is `gzip`.
 * @param previousLocation undefined for a first file
 * @throws PangolinError `validation-failed` for an unknown codec
 */
export function nextMetadataFileName(
	previousLocation: string | undefined,
	uuid: string,
	properties: Properties,
): string {
	const version =
		previousLocation === undefined ? 0 : versionOf(previousLocation) + 1;
	return `${String(version).padStart(5, "0")}-${uuid}${extensionOf(properties)}`;
}

/** -1 for a name that has no version: the next one is then 0. */
function versionOf(location: string): number {
	const name = location.slice(location.lastIndexOf("/") + 1);
	const version = /^v?(\d{1,9})[-.]/.exec(name)?.[1];
	return version === undefined ? -1 : Number(version);
}

function extensionOf(properties: Properties): string {
	const codec =
		own(properties, "write.metadata.compression-codec")?.toLowerCase() ??
		"none";
	if (codec === "none" || codec === "") return ".metadata.json";
	if (codec === "gzip") return ".gz.metadata.json";
	throw invalid(`Invalid codec name: ${codec}`);
}

function isGzipName(location: string): boolean {
	return (
		location.endsWith(".gz.metadata.json") ||
		location.endsWith(".metadata.json.gz")
	);
}

/** The bytes of a metadata file, in pieces; its name says whether they are compressed. */
export function compressIfNamed(name: string, text: Bytes): readonly Buffer[] {
	return isGzipName(name) ? [gzipSync(text.toBuffer())] : text.pieces;
}

/**
 * The text of a metadata file as UTF-8, whether the file is compressed or not.
 * @throws PangolinError `bad-request` for bytes that are no UTF-8 or no gzip
 */
export function plainMetadata(location: string, bytes: Uint8Array): Buffer {
	const isGzip = GZIP_MAGIC.every((byte, i) => bytes[i] === byte);
	const plain = isGzip
		? gunzip(location, bytes)
		: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	if (isUtf8(plain)) return plain;
	throw unreadable(location, undefined);
}

function gunzip(location: string, bytes: Uint8Array): Buffer {
	try {
		return gunzipSync(bytes, { maxOutputLength: MAX_METADATA_BYTES });
	} catch (cause) {
		throw unreadable(location, cause);
	}
}

function unreadable(location: string, cause: unknown): PangolinError {
	const { code, message } = malformed(
		`Cannot read the metadata file: ${location}`,
	);
	return new PangolinError(code, message, { cause });
}
