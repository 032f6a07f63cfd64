import type { EntryChange, Refusal } from "./changes.ts";
import { enclosingNamespace } from "./entryKeys.ts";
import type { EntryKey, EntryRow } from "./records.ts";

/** What a line shows while a change of one of its entries is decided on. */
export interface ShownView {
	shows(key: EntryKey): boolean;
	/** Whether anything is directly in a namespace. */
	showsContent(namespace: EntryKey): boolean;
}

/**
 * What refuses a change of an entry: sentences L6, L7 and L8 of the contract.
 * @param shown what the line shows under the change's key
 */
export function entryRefusal(
	view: ShownView,
	change: EntryChange,
	shown: EntryRow | undefined,
): Refusal | undefined {
	if (change.op === "create") {
		if (shown !== undefined) return "exists";
		const parent = enclosingNamespace(change.key);
		return parent === undefined || view.shows(parent) ? undefined : "missing";
	}
	if (shown === undefined) return "missing";
	const expected = change.ifVersion;
	if (
		expected !== undefined &&
		(expected.line !== shown.version.line ||
			expected.number !== shown.version.number)
	)
		return "stale";
	if (change.op !== "drop" || change.key.space !== "namespace")
		return undefined;
	return view.showsContent(change.key) ? "notEmpty" : undefined;
}
