import { withoutProperties } from "../properties.ts";
import { type Apply, changed } from "./draft.ts";

export const removeProperties: Apply<"remove-properties"> = (
	draft,
	{ removals },
) => {
	const { metadata } = draft;
	const properties = withoutProperties(metadata.properties, removals);
	return properties === metadata.properties
		? draft
		: changed(draft, { properties });
};
