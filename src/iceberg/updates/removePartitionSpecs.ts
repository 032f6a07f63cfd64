import { invalid } from "../fields.ts";
import { type Apply, changed } from "./draft.ts";

/** The client knows from the manifests which specs are unused; the default one is not. */
export const removePartitionSpecs: Apply<"remove-partition-specs"> = (
	draft,
	update,
) => {
	const { metadata } = draft;
	const removed = new Set(update["spec-ids"]);
	if (removed.has(metadata["default-spec-id"]))
		throw invalid("Cannot remove the default partition spec");
	const kept = metadata["partition-specs"].filter(
		(spec) => !removed.has(spec["spec-id"]),
	);
	return kept.length === metadata["partition-specs"].length
		? draft
		: changed(draft, { "partition-specs": kept });
};
