import { withOnly } from "../elementTexts.ts";
import { type Apply, changed } from "./draft.ts";

export const removeStatistics: Apply<"remove-statistics"> = (draft, update) => {
	const { metadata } = draft;
	const files = metadata.statistics;
	const others = withOnly(
		files,
		(known) => known["snapshot-id"] !== update["snapshot-id"],
	);
	return others === files ? draft : changed(draft, { statistics: others });
};
