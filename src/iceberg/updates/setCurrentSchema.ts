import { invalid } from "../fields.ts";
import { type Apply, changed, LAST_ADDED } from "./draft.ts";

export const setCurrentSchema: Apply<"set-current-schema"> = (
	draft,
	update,
) => {
	const { metadata } = draft;
	const id =
		update["schema-id"] === LAST_ADDED
			? draft.lastAddedSchemaId
			: update["schema-id"];
	if (id === undefined)
		throw invalid("Cannot set last added schema: no schema has been added");
	if (id === metadata["current-schema-id"]) return draft;
	if (!metadata.schemas.some((schema) => schema["schema-id"] === id))
		throw invalid(`Cannot set current schema to unknown schema: ${id}`);
	return changed(draft, { "current-schema-id": id });
};
