import { withAppended } from "../elementTexts.ts";
import { highest } from "../highest.ts";
import { sameSchema, validateSchema } from "../schema.ts";
import { schemaText } from "../schemaText.ts";
import type { Schema } from "../types.ts";
import { changed, type ViewDraft } from "./draft.ts";

/** Views have no format that bounds the types of their columns. */
const ALL_TYPES = 3;

/** A schema that is there already keeps its id; new ones get the next. */
export function addViewSchema(draft: ViewDraft, schema: Schema): ViewDraft {
	const { schemas } = draft.metadata;
	validateSchema(schema, ALL_TYPES);
	const same = schemas.find((known) => sameSchema(known, schema));
	if (same !== undefined)
		return { ...draft, lastAddedSchemaId: same["schema-id"] };
	const id = highest(schemas.map((known) => known["schema-id"])) + 1;
	const added: Schema = { ...schema, "schema-id": id };
	return {
		...changed(draft, {
			schemas: withAppended(schemas, added, schemaText(added)),
		}),
		lastAddedSchemaId: id,
	};
}
