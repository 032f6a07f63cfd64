import { unreachable } from "../../model/errors.ts";
import { invalid } from "../fields.ts";
import { withoutTrailingSlash } from "../paths.ts";
import { withoutProperties, withProperties } from "../properties.ts";
import type { ViewMetadata, ViewUpdate } from "../types.ts";
import type { ChangeContext } from "../updates/context.ts";
import { addViewSchema } from "./addViewSchema.ts";
import { addViewVersion } from "./addViewVersion.ts";
import { changed, type ViewDraft } from "./draft.ts";
import { currentVersionOf, finishedView } from "./finish.ts";
import { setCurrentViewVersion } from "./setCurrentViewVersion.ts";

/**
 * Applies the updates of one commit to a view, in their order.
 * @returns the base itself when nothing changed
 * @throws PangolinError `validation-failed`
 */
export function applyViewUpdates(
	base: ViewMetadata,
	updates: readonly ViewUpdate[],
	context: ChangeContext,
): ViewMetadata {
	const draft = updates.reduce<ViewDraft>(applyViewUpdate, {
		metadata: base,
		context,
		addedVersionIds: new Set(),
	});
	return draft.metadata === base
		? base
		: finishedView(draft, currentVersionOf(base));
}

/** A new action does not compile until it is handled here. */
export function applyViewUpdate(
	draft: ViewDraft,
	update: ViewUpdate,
): ViewDraft {
	switch (update.action) {
		case "assign-uuid":
			return checkSameUuid(draft, update.uuid);
		case "upgrade-format-version":
			return checkFormatVersion(draft, update["format-version"]);
		case "add-schema":
			return addViewSchema(draft, update.schema);
		case "set-location":
			return withLocation(draft, update.location);
		case "set-properties":
			return withNewProperties(
				draft,
				withProperties(draft.metadata.properties, update.updates),
			);
		case "remove-properties":
			return withNewProperties(
				draft,
				withoutProperties(draft.metadata.properties, update.removals),
			);
		case "add-view-version":
			return addViewVersion(draft, update["view-version"]);
		case "set-current-view-version":
			return setCurrentViewVersion(draft, update["view-version-id"]);
		default:
			return unreachable(update);
	}
}

function checkSameUuid(draft: ViewDraft, uuid: string): ViewDraft {
	if (uuid.toLowerCase() !== draft.metadata["view-uuid"].toLowerCase())
		throw invalid("Cannot reassign uuid");
	return draft;
}

function checkFormatVersion(draft: ViewDraft, version: number): ViewDraft {
	if (version < 1) throw invalid(`Cannot downgrade v1 view to v${version}`);
	if (version > 1) throw invalid(`Unsupported format version: ${version}`);
	return draft;
}

function withLocation(draft: ViewDraft, given: string): ViewDraft {
	const location = withoutTrailingSlash(given);
	return location === draft.metadata.location
		? draft
		: changed(draft, { location });
}

function withNewProperties(
	draft: ViewDraft,
	properties: ViewMetadata["properties"],
): ViewDraft {
	return properties === draft.metadata.properties
		? draft
		: changed(draft, { properties });
}
