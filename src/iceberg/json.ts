export type JsonValue =
	| null
	| boolean
	| number
	| bigint
	| string
	| readonly JsonValue[]
	| JsonObject;

export type JsonObject = { readonly [key: string]: JsonValue | undefined };

export interface ParseOptions {
	/** Levels of arrays and objects that are allowed; 64 unless given. */
	readonly maxDepth?: number | undefined;
	/** For request bodies: the same key twice in one object is refused. */
	readonly rejectDuplicateKeys?: boolean | undefined;
}

export function parseJson(
	_text: string,
	_options: ParseOptions = {},
): JsonValue {
	throw new Error("to come");
}

export function stringifyJson(_value: unknown): string {
	throw new Error("to come");
}
