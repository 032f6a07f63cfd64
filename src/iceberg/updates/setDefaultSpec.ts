import { invalid } from "../fields.ts";
import { type Apply, changed, LAST_ADDED } from "./draft.ts";

export const setDefaultSpec: Apply<"set-default-spec"> = (draft, update) => {
	const { metadata } = draft;
	const id =
		update["spec-id"] === LAST_ADDED
			? draft.lastAddedSpecId
			: update["spec-id"];
	if (id === undefined)
		throw invalid("Cannot set last added spec: no spec has been added");
	if (id === metadata["default-spec-id"]) return draft;
	if (!metadata["partition-specs"].some((spec) => spec["spec-id"] === id))
		throw invalid(`Cannot set default partition spec to unknown spec: ${id}`);
	return changed(draft, { "default-spec-id": id });
};
