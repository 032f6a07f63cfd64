import type { Properties } from "../../model/registry.ts";
import { withoutTrailingSlash } from "../paths.ts";
import type { Schema, ViewMetadata, ViewVersion } from "../types.ts";
import type { ChangeContext } from "../updates/context.ts";
import { LAST_ADDED } from "../updates/draft.ts";
import { applyViewUpdate } from "./apply.ts";
import type { ViewDraft } from "./draft.ts";
import { finishedView } from "./finish.ts";

export interface NewView {
	readonly schema: Schema;
	readonly viewVersion: ViewVersion;
	readonly properties: Properties;
	readonly location: string;
}

/** No version has this id, not even "last added". */
const NO_VERSION = -2;

/**
 * Metadata of a new view: its one version reads with the schema of the request.
 * @throws PangolinError `validation-failed`
 */
export function newViewMetadata(
	view: NewView,
	context: ChangeContext,
): ViewMetadata {
	const empty: ViewDraft = {
		metadata: {
			"view-uuid": context.newUuid(),
			"format-version": 1,
			location: withoutTrailingSlash(view.location),
			schemas: [],
			"current-version-id": NO_VERSION,
			versions: [],
			"version-log": [],
			properties: view.properties,
		},
		context,
		addedVersionIds: new Set(),
	};
	const withSchema = applyViewUpdate(empty, {
		action: "add-schema",
		schema: view.schema,
	});
	const withVersion = applyViewUpdate(withSchema, {
		action: "add-view-version",
		"view-version": { ...view.viewVersion, "schema-id": LAST_ADDED },
	});
	const current = applyViewUpdate(withVersion, {
		action: "set-current-view-version",
		"view-version-id": LAST_ADDED,
	});
	return finishedView(current, undefined);
}
