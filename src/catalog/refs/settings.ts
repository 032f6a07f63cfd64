import type { Ref } from "../../store/records.ts";
import { MAIN_BRANCH } from "../../versioning/refNames.ts";
import type { BranchKind } from "./requests.ts";

/** What `Ref.settings` holds of a branch. */
export interface BranchSettings {
	readonly kind: BranchKind;
	readonly protected: boolean;
	readonly expiresAtMillis: number | null;
	/** Of `main` only: the catalog has, or once had, other refs. Never taken back. */
	readonly hasOtherRefs: boolean;
}

const DEFAULTS: BranchSettings = {
	kind: "ingest",
	protected: false,
	expiresAtMillis: null,
	hasOtherRefs: false,
};

export function settingsOf({
	settings,
}: Pick<Ref, "settings">): BranchSettings {
	if (settings === "{}") return DEFAULTS;
	const stored: Partial<BranchSettings> = JSON.parse(settings);
	return { ...DEFAULTS, ...stored };
}

/** Only what differs from the defaults is kept. */
export function settingsText(settings: BranchSettings): string {
	const entries = Object.entries(settings);
	const defaults = new Map<string, unknown>(Object.entries(DEFAULTS));
	return JSON.stringify(
		Object.fromEntries(
			entries.filter(([key, value]) => defaults.get(key) !== value),
		),
	);
}

/** False: the catalog has no ref but this one, which the ref itself tells. */
export function mayHaveOtherRefs(ref: Ref): boolean {
	return ref.name !== MAIN_BRANCH || settingsOf(ref).hasOtherRefs;
}

export function isExpired(ref: Ref, nowMillis: number): boolean {
	const { expiresAtMillis } = settingsOf(ref);
	return expiresAtMillis !== null && expiresAtMillis <= nowMillis;
}
