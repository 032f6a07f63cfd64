import { withOnly } from "../elementTexts.ts";
import { type Apply, changed } from "./draft.ts";

export const removePartitionStatistics: Apply<"remove-partition-statistics"> = (
	draft,
	update,
) => {
	const { metadata } = draft;
	const files = metadata["partition-statistics"];
	const others = withOnly(
		files,
		(known) => known["snapshot-id"] !== update["snapshot-id"],
	);
	return others === files
		? draft
		: changed(draft, { "partition-statistics": others });
};
