import { withAppended, withOnly } from "../elementTexts.ts";
import { stringifyJson } from "../json.ts";
import { type Apply, changed } from "./draft.ts";

/** A snapshot has one such file: a later one takes the place of the earlier. */
export const setPartitionStatistics: Apply<"set-partition-statistics"> = (
	draft,
	update,
) => {
	const { metadata } = draft;
	const file = update["partition-statistics"];
	const others = withOnly(
		metadata["partition-statistics"],
		(known) => known["snapshot-id"] !== file["snapshot-id"],
	);
	return changed(draft, {
		"partition-statistics": withAppended(others, file, stringifyJson(file)),
	});
};
