import type { Properties } from "../model/registry.ts";
import { own } from "./fields.ts";

/** Keys are foreign data: `__proto__` is one like any other. */
export function withProperties(
	properties: Properties,
	updates: Properties,
): Properties {
	const changes = Object.entries(updates).some(
		([key, value]) => own(properties, key) !== value,
	);
	return changes ? { ...properties, ...updates } : properties;
}

export function withoutProperties(
	properties: Properties,
	removals: readonly string[],
): Properties {
	const removed = new Set(removals);
	const entries = Object.entries(properties);
	const kept = entries.filter(([key]) => !removed.has(key));
	return kept.length === entries.length ? properties : Object.fromEntries(kept);
}

/** The integer value of a property; the default when it is absent or no integer. */
export function integerProperty(
	properties: Properties,
	key: string,
	whenAbsent: number,
): number {
	const text = own(properties, key)?.trim() ?? "";
	return /^-?\d{1,9}$/.test(text) ? Number(text) : whenAbsent;
}

export function booleanProperty(
	properties: Properties,
	key: string,
	whenAbsent: boolean,
): boolean {
	const text = own(properties, key);
	return text === undefined ? whenAbsent : text.toLowerCase() === "true";
}
