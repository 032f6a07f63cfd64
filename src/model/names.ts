import { PangolinError } from "./errors.ts";

/** Levels of a namespace from the root; `[]` is the root itself. */
export type NamespacePath = readonly string[];

/**
 * Levels joined by U+001F, which no level may contain; `""` is the root. It is
 * what stores keep, and it sorts a namespace directly before its children.
 */
export type PathKey = string & { readonly pathKey: unique symbol };

const SEPARATOR = "\u001f";
const MAX_NAME_BYTES = 255;
export const MAX_NAMESPACE_LEVELS = 32;
/** Catalog names appear in `warehouse=<catalog>@<ref>`, in URLs and on command lines. */
const CATALOG_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

export interface Identifier {
	readonly namespace: NamespacePath;
	readonly name: string;
}

export function pathKey(levels: NamespacePath): PathKey {
	return levels.join(SEPARATOR) as PathKey;
}

export function levelsOf(key: PathKey): string[] {
	return key === "" ? [] : key.split(SEPARATOR);
}

/** For messages only: `a.b.c`. */
export function displayName(identifier: Identifier): string {
	return [...identifier.namespace, identifier.name].join(".");
}

/** For messages only: `a.b`. */
export function displayPath(levels: NamespacePath): string {
	return levels.join(".");
}

/**
 * The one rule for names of namespaces (per level), tables, views and assets:
 * 1 to 255 bytes of well-formed Unicode, kept byte for byte (NFC and NFD, upper
 * and lower case are different names), without control characters, and not `.`
 * or `..`. `@` is not allowed: `table@branch` addresses a branch.
 * @throws PangolinError `bad-request`
 */
export function checkName(
	what: "namespace" | "table" | "view" | "asset",
	name: string,
): void {
	const refusal = nameRefusal(name);
	if (refusal !== undefined) {
		throw new PangolinError(
			"bad-request",
			`Invalid ${what} name ${JSON.stringify(name)}: ${refusal}`,
		);
	}
}

function nameRefusal(name: string): string | undefined {
	if (name === "") return "it is empty";
	if (!name.isWellFormed()) return "it is not well-formed Unicode";
	if (Buffer.byteLength(name) > MAX_NAME_BYTES)
		return `it is longer than ${MAX_NAME_BYTES} bytes`;
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	if (/[\u0000-\u001f\u007f-\u009f]/.test(name))
		return "it contains a control character";
	if (name.includes("@")) return "`@` is reserved for branches";
	if (name === "." || name === "..") return "it would be read as a path";
	return undefined;
}

/** @throws PangolinError `bad-request` */
export function checkNamespace(levels: NamespacePath): void {
	if (levels.length === 0) {
		throw new PangolinError("bad-request", "A namespace needs a name");
	}
	if (levels.length > MAX_NAMESPACE_LEVELS) {
		throw new PangolinError(
			"bad-request",
			`A namespace has at most ${MAX_NAMESPACE_LEVELS} levels, this one has ${levels.length}`,
		);
	}
	for (const level of levels) checkName("namespace", level);
}

/**
 * Names of tenants, warehouses and catalogs: letters, digits, `_`, `.` and `-`,
 * 1 to 128 characters, not starting with `.` or `-`.
 * @throws PangolinError `bad-request`
 */
export function checkCatalogName(what: string, name: string): void {
	if (!CATALOG_NAME.test(name)) {
		throw new PangolinError(
			"bad-request",
			`Invalid ${what} name ${JSON.stringify(name)}: use 1 to 128 letters, digits, "_", "." or "-", starting with a letter, a digit or "_"`,
		);
	}
}

/**
 * Orders strings by their UTF-8 bytes, as every store orders names. JavaScript's
 * own order is by UTF-16 units and differs above U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++) {
		const x = a.charCodeAt(i);
		const y = b.charCodeAt(i);
		if (x !== y) return utf8Rank(x) - utf8Rank(y);
	}
	return a.length - b.length;
}

/** Moves surrogates (which encode code points above U+FFFF) behind U+E000–U+FFFF. */
function utf8Rank(unit: number): number {
	if (unit < 0xd800) return unit;
	return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
