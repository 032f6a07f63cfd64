import { invalid } from "../fields.ts";
import { highest } from "../highest.ts";
import { sameJson } from "../sameJson.ts";
import type { ViewVersion } from "../types.ts";
import { LAST_ADDED } from "../updates/draft.ts";
import { changed, type ViewDraft } from "./draft.ts";

/**
 * A version that would behave like one that is there keeps its id; a new one
 * gets its own id, or a higher one when that is taken.
 */
export function addViewVersion(
	draft: ViewDraft,
	given: ViewVersion,
): ViewDraft {
	const { metadata } = draft;
	const version = { ...given, "schema-id": schemaIdOf(draft, given) };
	const same = metadata.versions.find((known) => sameVersion(known, version));
	if (same !== undefined)
		return { ...draft, lastAddedVersionId: same["version-id"] };
	checkDialects(version);
	const id = Math.max(
		version["version-id"],
		highest(metadata.versions.map((known) => known["version-id"])) + 1,
	);
	const added = { ...version, "version-id": id };
	return {
		...changed(draft, { versions: [...metadata.versions, added] }),
		lastAddedVersionId: id,
		addedVersionIds: new Set([...draft.addedVersionIds, id]),
	};
}

function schemaIdOf(draft: ViewDraft, version: ViewVersion): number {
	const id =
		version["schema-id"] === LAST_ADDED
			? draft.lastAddedSchemaId
			: version["schema-id"];
	if (id === undefined)
		throw invalid("Cannot set last added schema: no schema has been added");
	if (!draft.metadata.schemas.some((schema) => schema["schema-id"] === id))
		throw invalid(`Cannot add version with unknown schema: ${id}`);
	return id;
}

/** Whatever the versions' ids and times. */
function sameVersion(a: ViewVersion, b: ViewVersion): boolean {
	return (
		a["schema-id"] === b["schema-id"] &&
		sameJson(a.summary, b.summary) &&
		sameJson(a.representations, b.representations) &&
		(a["default-catalog"] ?? null) === (b["default-catalog"] ?? null) &&
		sameJson(a["default-namespace"], b["default-namespace"])
	);
}

function checkDialects(version: ViewVersion): void {
	if (version.representations.length === 0)
		throw invalid("Invalid view version: it has no representations");
	const seen = new Set<string>();
	for (const representation of version.representations) {
		const dialect = dialectOf(representation);
		if (dialect === undefined) continue;
		if (seen.has(dialect))
			throw invalid(
				`Invalid view version: Cannot add multiple queries for dialect ${dialect}`,
			);
		seen.add(dialect);
	}
}

function dialectOf(
	representation: ViewVersion["representations"][number],
): string | undefined {
	return representation.type === "sql"
		? representation.dialect?.toLowerCase()
		: undefined;
}

export function sqlDialectsOf(version: ViewVersion): Set<string> {
	return new Set(
		version.representations
			.map(dialectOf)
			.filter((dialect) => dialect !== undefined),
	);
}
