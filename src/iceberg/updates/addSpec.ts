import { highest } from "../highest.ts";
import {
	FIRST_PARTITION_FIELD_ID,
	highestPartitionFieldId,
	samePartitioning,
	sameSpec,
	validateSpec,
} from "../partitionSpec.ts";
import { currentSchema } from "../schema.ts";
import type {
	PartitionField,
	PartitionSpec,
	TableMetadata,
	UnboundPartitionSpec,
} from "../types.ts";
import { type Apply, changed } from "./draft.ts";

/** A spec that is there already keeps its id; the server gives ids to new ones. */
export const addSpec: Apply<"add-spec"> = (draft, { spec }) => {
	const { metadata } = draft;
	const specs = metadata["partition-specs"];
	const same = specs.find((known) => sameSpec(known, spec));
	if (same !== undefined) return { ...draft, lastAddedSpecId: same["spec-id"] };
	const id = highest(specs.map((known) => known["spec-id"])) + 1;
	const added: PartitionSpec = {
		...spec,
		"spec-id": id,
		fields: fieldsWithIds(metadata, spec),
	};
	validateSpec(added, currentSchema(metadata), metadata["format-version"]);
	const next = changed(draft, {
		...(draft.isNew && specs.length === 0 ? { "default-spec-id": id } : {}),
		"partition-specs": [...specs, added],
		"last-partition-id": Math.max(
			metadata["last-partition-id"],
			highestPartitionFieldId(added),
		),
	});
	return { ...next, lastAddedSpecId: id };
};

/**
 * Fields that come without ids take that of the same partitioning in an earlier
 * spec, or the next one; in format 1 ids count up within each spec.
 */
function fieldsWithIds(
	metadata: TableMetadata,
	spec: UnboundPartitionSpec,
): PartitionField[] {
	const earlier = metadata["partition-specs"].flatMap((known) => known.fields);
	let last = metadata["last-partition-id"];
	return spec.fields.map((field, i) => {
		const given = field["field-id"];
		if (given !== undefined) return { ...field, "field-id": given };
		if (metadata["format-version"] === 1)
			return { ...field, "field-id": FIRST_PARTITION_FIELD_ID + i };
		const same = earlier.find((known) => samePartitioning(known, field));
		return { ...field, "field-id": same?.["field-id"] ?? ++last };
	});
}
