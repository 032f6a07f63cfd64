import type { FieldType, Schema, StructType } from "./types.ts";

/**
 * A schema with new ids from 1, in the order in which the reference gives them:
 * all fields of a struct come before what is nested in them.
 * @returns also the new id for each old one
 */
export function withFreshIds(schema: Schema): {
	schema: Schema;
	newIds: ReadonlyMap<number, number>;
} {
	const newIds = new Map<number, number>();
	let last = 0;
	const assign = (id: number): number => {
		last++;
		newIds.set(id, last);
		return last;
	};
	const fresh = freshStruct(schema, assign);
	const identifiers = schema["identifier-field-ids"];
	return {
		schema: {
			...schema,
			...fresh,
			"schema-id": 0,
			...(identifiers === undefined
				? {}
				: {
						"identifier-field-ids": identifiers.map(
							(id) => newIds.get(id) ?? id,
						),
					}),
		},
		newIds,
	};
}

type Assign = (id: number) => number;

function freshStruct(struct: StructType, assign: Assign): StructType {
	const ids = struct.fields.map((field) => assign(field.id));
	return {
		...struct,
		fields: struct.fields.map((field, i) => ({
			...field,
			id: ids[i] ?? field.id,
			type: freshType(field.type, assign),
		})),
	};
}

function freshType(type: FieldType, assign: Assign): FieldType {
	if (typeof type === "string") return type;
	switch (type.type) {
		case "struct":
			return freshStruct(type, assign);
		case "list":
			return {
				...type,
				"element-id": assign(type["element-id"]),
				element: freshType(type.element, assign),
			};
		case "map": {
			const keyId = assign(type["key-id"]);
			const valueId = assign(type["value-id"]);
			return {
				...type,
				"key-id": keyId,
				"value-id": valueId,
				key: freshType(type.key, assign),
				value: freshType(type.value, assign),
			};
		}
	}
}
