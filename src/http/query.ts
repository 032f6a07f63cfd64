import { PangolinError } from "../model/errors.ts";

/**
 * Kinds of query parameters. `text`: as it came. `boolean`: `true` or `false`
 * in any case (PyIceberg sends `False`). `page-size`: 1 to 1,000, larger ones
 * are cut. `count`: 0 or more.
 */
export type QueryKind = "text" | "boolean" | "page-size" | "count";
export type QueryKinds = Readonly<Record<string, QueryKind>>;

type ValueOf<Kind extends QueryKind> = Kind extends "text"
	? string
	: Kind extends "boolean"
		? boolean
		: number;

export type QueryValues<Kinds extends QueryKinds> = {
	readonly [Name in keyof Kinds]: ValueOf<Kinds[Name]> | undefined;
};

/** Decoded names and values; null for a name that was given more than once. */
export type RawQuery = ReadonlyMap<string, string | null>;

const NO_QUERY: RawQuery = new Map();

/**
 * Parses what follows the `?` of a URL; `+` is a blank, as forms have it.
 * @throws PangolinError `bad-request`
 */
export function parseQuery(text: string): RawQuery {
	if (text === "") return NO_QUERY;
	const values = new Map<string, string | null>();
	for (const pair of text.split("&")) {
		const equals = pair.indexOf("=");
		const name = decode(equals === -1 ? pair : pair.slice(0, equals));
		const value = equals === -1 ? "" : decode(pair.slice(equals + 1));
		values.set(name, values.has(name) ? null : value);
	}
	return values;
}

function decode(text: string): string {
	if (!text.includes("%") && !text.includes("+")) return text;
	try {
		return decodeURIComponent(text.replaceAll("+", "%20"));
	} catch (cause) {
		throw new PangolinError(
			"bad-request",
			"The query is not valid percent-encoded UTF-8",
			{ cause },
		);
	}
}

const MAX_PAGE_SIZE = 1000;
const MAX_DIGITS = 15;

/**
 * Reads the parameters that a route declares; others are ignored.
 * @throws PangolinError `bad-request`, naming the parameter
 */
export function readQuery<Kinds extends QueryKinds>(
	kinds: Kinds,
	raw: RawQuery,
): QueryValues<Kinds> {
	const values: Record<string, string | number | boolean | undefined> = {};
	for (const name in kinds) {
		const value = raw.get(name);
		if (value === undefined) continue;
		if (value === null) throw refusal(name, "was given more than once");
		const kind = kinds[name];
		if (kind !== undefined) values[name] = readValue(name, kind, value);
	}
	// The loop above filled in exactly what the kinds promise.
	return values as QueryValues<Kinds>;
}

function readValue(
	name: string,
	kind: QueryKind,
	value: string,
): string | number | boolean {
	switch (kind) {
		case "text":
			if (value.includes("\u0000")) throw refusal(name, "contains U+0000");
			return value;
		case "boolean":
			return readBoolean(name, value);
		case "page-size":
			return Math.min(readInteger(name, value, 1), MAX_PAGE_SIZE);
		case "count":
			return readInteger(name, value, 0);
	}
}

function readBoolean(name: string, value: string): boolean {
	const lower = value.toLowerCase();
	if (lower === "true") return true;
	if (lower === "false") return false;
	throw refusal(name, "must be true or false");
}

function readInteger(name: string, value: string, least: number): number {
	const number =
		value.length <= MAX_DIGITS && /^[0-9]+$/.test(value) ? Number(value) : NaN;
	if (number >= least) return number;
	throw refusal(name, `must be an integer of at least ${least}`);
}

function refusal(name: string, what: string): PangolinError {
	return new PangolinError("bad-request", `Query parameter "${name}" ${what}`);
}
