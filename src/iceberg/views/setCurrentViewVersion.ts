import { invalid } from "../fields.ts";
import { LAST_ADDED } from "../updates/draft.ts";
import { changed, type ViewDraft } from "./draft.ts";

/** An added version counts from its own time, an earlier one again from now. */
export function setCurrentViewVersion(
	draft: ViewDraft,
	givenId: number,
): ViewDraft {
	const { metadata } = draft;
	const id = givenId === LAST_ADDED ? draft.lastAddedVersionId : givenId;
	if (id === undefined)
		throw invalid(
			"Cannot set last version id: no current version id has been set",
		);
	if (id === metadata["current-version-id"]) return draft;
	const version = metadata.versions.find((known) => known["version-id"] === id);
	if (version === undefined)
		throw invalid(`Cannot set current version to unknown version: ${id}`);
	const timestampMs = draft.addedVersionIds.has(id)
		? version["timestamp-ms"]
		: draft.context.nowMillis;
	return {
		...changed(draft, { "current-version-id": id }),
		activation: { version, timestampMs },
	};
}
