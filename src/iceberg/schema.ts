import { checkDefault } from "./defaults.ts";
import { invalid } from "./fields.ts";
import { firstFormatVersionOf, parseNamedType } from "./fieldTypes.ts";
import { LIMITS } from "./limits.ts";
import { sameJson } from "./sameJson.ts";
import type {
	FieldType,
	Schema,
	StructField,
	StructType,
	TableMetadata,
} from "./types.ts";

/** A field, list element, map key or map value of a schema. */
export interface IndexedField {
	readonly id: number;
	/** Dotted path from the root: `a.element.b`. */
	readonly path: string;
	readonly type: FieldType;
	readonly required: boolean;
	readonly parent: IndexedField | undefined;
	/** Where it is a field of a struct, the field itself. */
	readonly field: StructField | undefined;
}

export type SchemaIndex = ReadonlyMap<number, IndexedField>;

/**
 * All fields of a schema by id.
 * @throws PangolinError `validation-failed` when an id or a path occurs twice
 */
export function indexSchema(schema: Schema): SchemaIndex {
	const index = new Map<number, IndexedField>();
	const paths = new Map<string, number>();
	for (const indexed of fieldsOfStruct(schema, undefined)) {
		if (index.has(indexed.id))
			throw invalid(
				`Invalid schema: multiple fields with id ${indexed.id}: ${index.get(indexed.id)?.path} and ${indexed.path}`,
			);
		const other = paths.get(indexed.path);
		if (other !== undefined)
			throw invalid(
				`Invalid schema: multiple fields for name ${indexed.path}: ${other} and ${indexed.id}`,
			);
		index.set(indexed.id, indexed);
		paths.set(indexed.path, indexed.id);
	}
	return index;
}

function* fieldsOfStruct(
	struct: StructType,
	parent: IndexedField | undefined,
): Generator<IndexedField> {
	for (const field of struct.fields) {
		const { id, name, type, required } = field;
		yield* withNested({
			id,
			path: below(parent, name),
			type,
			required,
			parent,
			field,
		});
	}
}

function* withNested(indexed: IndexedField): Generator<IndexedField> {
	yield indexed;
	const { type } = indexed;
	if (typeof type === "string") return;
	if (type.type === "struct") {
		yield* fieldsOfStruct(type, indexed);
	} else if (type.type === "list") {
		yield* withNested(
			part(
				indexed,
				"element",
				type["element-id"],
				type.element,
				type["element-required"],
			),
		);
	} else {
		yield* withNested(part(indexed, "key", type["key-id"], type.key, true));
		yield* withNested(
			part(
				indexed,
				"value",
				type["value-id"],
				type.value,
				type["value-required"],
			),
		);
	}
}

function part(
	parent: IndexedField,
	name: string,
	id: number,
	type: FieldType,
	required: boolean,
): IndexedField {
	return {
		id,
		path: below(parent, name),
		type,
		required,
		parent,
		field: undefined,
	};
}

function below(parent: IndexedField | undefined, name: string): string {
	return parent === undefined ? name : `${parent.path}.${name}`;
}

/** @throws PangolinError `validation-failed` while a new table has none yet */
export function currentSchema(metadata: TableMetadata): Schema {
	const id = metadata["current-schema-id"];
	const schema = metadata.schemas.find((known) => known["schema-id"] === id);
	if (schema === undefined) throw invalid("The table has no current schema");
	return schema;
}

/** 0 for a schema without fields. */
export function highestFieldId(schema: Schema): number {
	let highest = 0;
	for (const indexed of fieldsOfStruct(schema, undefined))
		highest = Math.max(highest, indexed.id);
	return highest;
}

/**
 * Checks a schema that a client adds: unique ids and names, types and defaults
 * that the format version has, and identifier fields.
 * @throws PangolinError `validation-failed`
 */
export function validateSchema(
	schema: Schema,
	formatVersion: number,
): SchemaIndex {
	const index = indexSchema(schema);
	if (index.size > LIMITS.schemaFields)
		throw invalid(
			`A schema has at most ${LIMITS.schemaFields} fields, this one has ${index.size}`,
		);
	const problems: string[] = [];
	for (const indexed of index.values()) {
		const problem = problemOf(indexed, formatVersion);
		if (problem !== undefined) problems.push(problem);
	}
	if (problems.length > 0)
		throw invalid(
			`Invalid schema for v${formatVersion}:\n- ${problems.join("\n- ")}`,
		);
	for (const id of schema["identifier-field-ids"] ?? [])
		checkIdentifierField(id, index);
	return index;
}

function problemOf(
	indexed: IndexedField,
	formatVersion: number,
): string | undefined {
	const { path, type, field } = indexed;
	if (typeof type === "string") {
		const named = parseNamedType(type);
		if (named === undefined)
			return `Invalid type for ${path}: cannot parse ${type}`;
		const first = firstFormatVersionOf(named);
		if (formatVersion < first)
			return `Invalid type for ${path}: ${type} is not supported until v${first}`;
		if (named.name === "unknown" && indexed.required)
			return `Invalid type for ${path}: a field of type unknown must be optional`;
	}
	if (field === undefined) return undefined;
	const initial = field["initial-default"] ?? null;
	if (initial !== null && formatVersion < 3)
		return `Invalid initial default for ${path}: non-null default (${String(initial)}) is not supported until v3`;
	return (
		checkDefault(type, initial, `initial default for ${path}`) ??
		checkDefault(
			type,
			field["write-default"] ?? null,
			`write default for ${path}`,
		)
	);
}

function checkIdentifierField(id: number, index: SchemaIndex): void {
	const found = index.get(id);
	if (found === undefined)
		throw invalid(
			`Cannot add fieldId ${id} as an identifier field: field does not exist`,
		);
	const refuse = (why: string) =>
		invalid(`Cannot add field ${found.path} as an identifier field: ${why}`);
	const { type } = found;
	if (typeof type !== "string" || type.toLowerCase() === "variant")
		throw refuse("not a primitive type field");
	if (!found.required) throw refuse("not a required field");
	if (type === "double" || type === "float")
		throw refuse("must not be float or double field");
	for (let up = found.parent; up !== undefined; up = up.parent) {
		if (typeof up.type === "string" || up.type.type !== "struct")
			throw refuse(`must not be nested in ${up.path}`);
		if (!up.required)
			throw refuse(`must not be nested in an optional field ${up.path}`);
	}
}

/** Same fields and identifier fields, whatever the schemas' own ids. */
export function sameSchema(a: Schema, b: Schema): boolean {
	return (
		sameJson(a.fields, b.fields) &&
		sameSet(a["identifier-field-ids"] ?? [], b["identifier-field-ids"] ?? [])
	);
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
	const inA = new Set(a);
	const inB = new Set(b);
	return inA.size === inB.size && a.every((id) => inB.has(id));
}
