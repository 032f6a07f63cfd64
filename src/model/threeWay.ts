/** Which of two versions of a value stands, or that both changed it. */
export type ThreeWay = "ours" | "theirs" | "both";

/** The same change on both sides counts as ours. */
export function threeWay<Value>(
	base: Value,
	ours: Value,
	theirs: Value,
	same: (a: Value, b: Value) => boolean,
): ThreeWay {
	if (same(ours, theirs) || same(base, theirs)) return "ours";
	return same(base, ours) ? "theirs" : "both";
}

export interface ThreeWayByKey<Value> {
	readonly merged: ReadonlyMap<string, Value>;
	/** Keys that both sides changed; `merged` has what ours has there. */
	readonly both: readonly string[];
}

/** Each key on its own: an absent key is a value like others. */
export function threeWayByKey<Value>(
	base: ReadonlyMap<string, Value>,
	ours: ReadonlyMap<string, Value>,
	theirs: ReadonlyMap<string, Value>,
	same: (a: Value | undefined, b: Value | undefined) => boolean,
): ThreeWayByKey<Value> {
	const merged = new Map<string, Value>();
	const both: string[] = [];
	for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
		const [mine, other] = [ours.get(key), theirs.get(key)];
		const side = threeWay(base.get(key), mine, other, same);
		if (side === "both") both.push(key);
		const value = side === "theirs" ? other : mine;
		if (value !== undefined) merged.set(key, value);
	}
	return { merged, both };
}
