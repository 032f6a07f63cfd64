import { JsonBytes } from "./json.ts";

/**
 * Deep equality of JSON values: the order of members does not matter, and a
 * member that is `undefined` is as good as none.
 */
export function sameJson(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	if (typeof a !== "object" || typeof b !== "object") return false;
	if (a === null || b === null) return false;
	if (Array.isArray(a) || Array.isArray(b)) {
		return (
			Array.isArray(a) &&
			Array.isArray(b) &&
			a.length === b.length &&
			a.every((item, i) => sameJson(item, b[i]))
		);
	}
	const left = definedMembers(a);
	const right = definedMembers(b);
	if (left.size !== right.size) return false;
	for (const [key, value] of left) {
		if (!right.has(key) || !sameJson(value, right.get(key))) return false;
	}
	return true;
}

function definedMembers(object: object): Map<string, unknown> {
	const members = object instanceof JsonBytes ? object.parsed() : object;
	return new Map(
		Object.entries(members ?? {}).filter(([, value]) => value !== undefined),
	);
}
