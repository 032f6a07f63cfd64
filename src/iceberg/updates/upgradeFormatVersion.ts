import { invalid } from "../fields.ts";
import { MAX_FORMAT_VERSION } from "../normaliseTable.ts";
import type { FormatVersion } from "../types.ts";
import { type Apply, changed } from "./draft.ts";

/** Format 3 begins to number rows; format 2 needs nothing new. */
export const upgradeFormatVersion: Apply<"upgrade-format-version"> = (
	draft,
	update,
) => {
	const version = update["format-version"];
	const current = draft.metadata["format-version"];
	if (version > MAX_FORMAT_VERSION)
		throw invalid(
			`Cannot upgrade table to unsupported format version: v${version} (supported: v${MAX_FORMAT_VERSION})`,
		);
	if (version < current || !isFormatVersion(version))
		throw invalid(`Cannot downgrade v${current} table to v${version}`);
	if (version === current) return draft;
	return changed(
		draft,
		version === 3
			? { "format-version": version, "next-row-id": 0n }
			: { "format-version": version },
	);
};

export function isFormatVersion(version: number): version is FormatVersion {
	return version === 1 || version === 2 || version === 3;
}
