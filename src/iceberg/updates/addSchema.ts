import { withAppended } from "../elementTexts.ts";
import { highest } from "../highest.ts";
import { highestFieldId, sameSchema, validateSchema } from "../schema.ts";
import { schemaText } from "../schemaText.ts";
import type { Schema, TableMetadata } from "../types.ts";
import { type Apply, changed } from "./draft.ts";

/** A schema that is there already keeps its id; the server gives ids to new ones. */
export const addSchema: Apply<"add-schema"> = (draft, { schema }) => {
	const { metadata } = draft;
	validateSchema(schema, metadata["format-version"]);
	const same = metadata.schemas.find((known) => sameSchema(known, schema));
	if (same !== undefined)
		return { ...draft, lastAddedSchemaId: same["schema-id"] };
	const id = nextSchemaId(metadata);
	const added: Schema = { ...schema, "schema-id": id };
	const isFirst = draft.isNew && metadata.schemas.length === 0;
	const next = changed(draft, {
		...(isFirst ? { "current-schema-id": id } : {}),
		schemas: withAppended(metadata.schemas, added, schemaText(added)),
		"last-column-id": Math.max(
			metadata["last-column-id"],
			highestFieldId(schema),
		),
	});
	return { ...next, lastAddedSchemaId: id };
};

function nextSchemaId(metadata: TableMetadata): number {
	return highest(metadata.schemas.map((schema) => schema["schema-id"])) + 1;
}
