import { withAppended, withOnly } from "../elementTexts.ts";
import { stringifyJson } from "../json.ts";
import { type Apply, changed } from "./draft.ts";

/** A snapshot has one such file: a later one takes the place of the earlier. */
export const setStatistics: Apply<"set-statistics"> = (draft, update) => {
	const { metadata } = draft;
	const file = update.statistics;
	const others = withOnly(
		metadata.statistics,
		(known) => known["snapshot-id"] !== file["snapshot-id"],
	);
	return changed(draft, {
		statistics: withAppended(others, file, stringifyJson(file)),
	});
};
