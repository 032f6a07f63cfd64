import { withProperties } from "../properties.ts";
import { type Apply, changed } from "./draft.ts";

export const setProperties: Apply<"set-properties"> = (draft, { updates }) => {
	const { metadata } = draft;
	const properties = withProperties(metadata.properties, updates);
	return properties === metadata.properties
		? draft
		: changed(draft, { properties });
};
