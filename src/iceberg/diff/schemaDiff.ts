import type { JsonValue } from "../json.ts";
import { type IndexedField, indexSchema, type SchemaIndex } from "../schema.ts";
import type { FieldType, Schema } from "../types.ts";
import { type Sides, sidesOf } from "./sides.ts";

export interface SchemaDiff {
	readonly schema_id: Sides<number>;
	/** By id: only fields that are not alike on both sides. */
	readonly fields: readonly FieldDiff[];
	/** Where fields that both sides have come in another order. */
	readonly orders: readonly OrderDiff[];
	readonly identifier_field_ids: Sides<readonly number[]> | null;
}

export type FieldDiff = Sides<FieldFacts> & { readonly id: number };

/** A field of a struct, an element of a list, a key or value of a map. */
export interface FieldFacts {
	/** `a.element.b` */
	readonly path: string;
	/** Of what has fields of its own only `struct`, `list` or `map`. */
	readonly type: string;
	readonly required: boolean;
	readonly doc: string | null;
	readonly initial_default: JsonValue;
	readonly write_default: JsonValue;
}

/** Ids of the common fields of one struct; its own id is null for the schema itself. */
export type OrderDiff = Sides<readonly number[]> & {
	readonly parent_id: number | null;
};

const NO_FIELDS: SchemaIndex = new Map();

/** Fields are matched by their ids, so that a rename is one. Null when all is alike, whatever the schemas' ids. */
export function diffSchemas(
	from: Schema | undefined,
	to: Schema | undefined,
): SchemaDiff | null {
	const before = from === undefined ? NO_FIELDS : indexSchema(from);
	const after = to === undefined ? NO_FIELDS : indexSchema(to);
	const fields = fieldDiffs(before, after);
	const orders = orderDiffs(before, after);
	const identifiers = sidesOf(identifierIds(from), identifierIds(to));
	if (fields.length + orders.length === 0 && identifiers === null) return null;
	return {
		schema_id: {
			from: from?.["schema-id"] ?? null,
			to: to?.["schema-id"] ?? null,
		},
		fields,
		orders,
		identifier_field_ids: identifiers,
	};
}

function identifierIds(schema: Schema | undefined): number[] {
	return [...(schema?.["identifier-field-ids"] ?? [])].sort((a, b) => a - b);
}

function fieldDiffs(before: SchemaIndex, after: SchemaIndex): FieldDiff[] {
	const ids = [...new Set([...before.keys(), ...after.keys()])];
	return ids
		.sort((a, b) => a - b)
		.flatMap((id) => {
			const sides = sidesOf(factsOf(before.get(id)), factsOf(after.get(id)));
			return sides === null ? [] : [{ id, ...sides }];
		});
}

function factsOf(indexed: IndexedField | undefined): FieldFacts | undefined {
	if (indexed === undefined) return undefined;
	const { path, type, required, field } = indexed;
	return {
		path,
		type: typeName(type),
		required,
		doc: field?.doc ?? null,
		initial_default: field?.["initial-default"] ?? null,
		write_default: field?.["write-default"] ?? null,
	};
}

function typeName(type: FieldType): string {
	return typeof type === "string" ? type : type.type;
}

function orderDiffs(before: SchemaIndex, after: SchemaIndex): OrderDiff[] {
	const [old, now] = [childrenOf(before, after), childrenOf(after, before)];
	return [...old].flatMap(([parent_id, children]) => {
		const sides = sidesOf(children, now.get(parent_id));
		return sides === null ? [] : [{ parent_id, ...sides }];
	});
}

/** Per struct its fields in order, those only that the other side has in the same place. */
function childrenOf(
	index: SchemaIndex,
	other: SchemaIndex,
): Map<number | null, number[]> {
	const children = new Map<number | null, number[]>();
	for (const { id, parent } of index.values()) {
		const there = other.get(id);
		if (there === undefined || there.parent?.id !== parent?.id) continue;
		const key = parent?.id ?? null;
		children.set(key, [...(children.get(key) ?? []), id]);
	}
	return new Map([...children].sort(([a], [b]) => (a ?? -1) - (b ?? -1)));
}
