import { invalid } from "../fields.ts";
import { withoutTrailingSlash } from "../paths.ts";
import { type Apply, changed } from "./draft.ts";

export const setLocation: Apply<"set-location"> = (draft, update) => {
	const location = withoutTrailingSlash(update.location);
	if (location === "") throw invalid("Invalid location: it is empty");
	return location === draft.metadata.location
		? draft
		: changed(draft, { location });
};
