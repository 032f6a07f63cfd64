import { withOnly } from "../elementTexts.ts";
import { invalid } from "../fields.ts";
import { type Apply, changed } from "./draft.ts";

/** Whether snapshots still use them is checked when the commit is complete. */
export const removeSchemas: Apply<"remove-schemas"> = (draft, update) => {
	const { metadata } = draft;
	const removed = new Set(update["schema-ids"]);
	if (removed.has(metadata["current-schema-id"]))
		throw invalid("Cannot remove the current schema");
	const kept = withOnly(
		metadata.schemas,
		(schema) => !removed.has(schema["schema-id"]),
	);
	if (kept === metadata.schemas) return draft;
	return {
		...changed(draft, { schemas: kept }),
		removedSchemaIds: new Set([...draft.removedSchemaIds, ...removed]),
	};
};
