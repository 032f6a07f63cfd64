import type { Properties } from "../../model/registry.ts";
import { sameJson } from "../sameJson.ts";

/*
 * What diffs are made of: ready to be sent by `stringifyJson`. Null stands for
 * a side that has no such thing.
 */

/** One value on both sides. */
export interface Sides<Value> {
	readonly from: Value | null;
	readonly to: Value | null;
}

export type Named<Value> = Sides<Value> & { readonly name: string };

/** Null when the sides are alike. */
export function sidesOf<Value>(
	from: Value | null | undefined,
	to: Value | null | undefined,
): Sides<Value> | null {
	const sides = { from: from ?? null, to: to ?? null };
	return sameJson(sides.from, sides.to) ? null : sides;
}

/** What differs between two maps, by name. */
export function namedSides<Value>(
	from: ReadonlyMap<string, Value>,
	to: ReadonlyMap<string, Value>,
): Named<Value>[] {
	const names = [...new Set([...from.keys(), ...to.keys()])].sort();
	return names.flatMap((name) => {
		const sides = sidesOf(from.get(name), to.get(name));
		return sides === null ? [] : [{ name, ...sides }];
	});
}

export function propertySides(
	from: Properties | undefined,
	to: Properties | undefined,
): Named<string>[] {
	return namedSides(
		new Map(Object.entries(from ?? {})),
		new Map(Object.entries(to ?? {})),
	);
}
