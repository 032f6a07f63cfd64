import { invalid } from "../fields.ts";
import { booleanProperty, integerProperty } from "../properties.ts";
import type { ViewHistoryEntry, ViewMetadata, ViewVersion } from "../types.ts";
import { sqlDialectsOf } from "./addViewVersion.ts";
import type { ViewDraft } from "./draft.ts";
import { checkViewMetadata } from "./viewMetadata.ts";

const HISTORY_SIZE = "version.history.num-entries";
const DEFAULT_HISTORY_SIZE = 10;
const DROP_DIALECT_ALLOWED = "replace.drop-dialect.allowed";

/**
 * What can only be done when all updates of a commit were applied: the log,
 * and forgetting old versions.
 * @param previous the version that was current before; undefined for a new view
 * @throws PangolinError `validation-failed`
 */
export function finishedView(
	draft: ViewDraft,
	previous: ViewVersion | undefined,
): ViewMetadata {
	const logged = withActivation(draft);
	checkViewMetadata(logged);
	if (previous !== undefined) checkDialectsKept(logged, previous);
	return withoutOldVersions(logged, draft.addedVersionIds);
}

function withActivation({ metadata, activation }: ViewDraft): ViewMetadata {
	if (activation === undefined) return metadata;
	const entry: ViewHistoryEntry = {
		"timestamp-ms": activation.timestampMs,
		"version-id": activation.version["version-id"],
	};
	return { ...metadata, "version-log": [...metadata["version-log"], entry] };
}

export function currentVersionOf(
	metadata: ViewMetadata,
): ViewVersion | undefined {
	return metadata.versions.find(
		(version) => version["version-id"] === metadata["current-version-id"],
	);
}

function checkDialectsKept(
	metadata: ViewMetadata,
	previous: ViewVersion,
): void {
	const current = currentVersionOf(metadata);
	if (current === undefined || current === previous) return;
	if (booleanProperty(metadata.properties, DROP_DIALECT_ALLOWED, false)) return;
	const before = sqlDialectsOf(previous);
	const now = sqlDialectsOf(current);
	if (!before.isSubsetOf(now))
		throw invalid(
			`Cannot replace view due to loss of view dialects (${DROP_DIALECT_ALLOWED}=false):\nPrevious dialects: [${[...before].join(", ")}]\nNew dialects: [${[...now].join(", ")}]`,
		);
}

/** The newest versions by id stay, besides the current and the added ones. */
function withoutOldVersions(
	metadata: ViewMetadata,
	addedIds: ReadonlySet<number>,
): ViewMetadata {
	const size = integerProperty(
		metadata.properties,
		HISTORY_SIZE,
		DEFAULT_HISTORY_SIZE,
	);
	if (size <= 0)
		throw invalid(`${HISTORY_SIZE} must be positive but was ${size}`);
	const current = metadata["current-version-id"];
	const needed = new Set([...addedIds, current]);
	const toKeep = Math.max(needed.size, size);
	if (metadata.versions.length <= toKeep) return metadata;
	const others = metadata.versions
		.map((version) => version["version-id"])
		.filter((id) => id !== current)
		.sort((a, b) => b - a);
	const kept = new Set([current, ...others.slice(0, toKeep - 1)]);
	const log = metadata["version-log"];
	const gap = log.findLastIndex((entry) => !kept.has(entry["version-id"]));
	return {
		...metadata,
		versions: metadata.versions.filter((version) =>
			kept.has(version["version-id"]),
		),
		"version-log": log.slice(gap + 1),
	};
}
