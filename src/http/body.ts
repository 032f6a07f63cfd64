import { isUtf8 } from "node:buffer";
import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { parseJson } from "../iceberg/json.ts";
import { int64Keyword } from "../iceberg/schemas/int64.ts";
import { PangolinError } from "../model/errors.ts";

const MEBIBYTE = 1024 * 1024;
export const BODY_LIMIT_BYTES = MEBIBYTE;
/** For what carries table metadata: commits, creates, registers. */
export const LARGE_BODY_LIMIT_BYTES = 16 * MEBIBYTE;

const MAX_DEPTH = 64;

/** A request body: how large it may be, and what it must look like. */
export interface BodySpec<Body> {
	/** JSON Schema. */
	readonly schema: object;
	readonly limitBytes: number;
	/** Checks the raw bytes and gives the typed body. */
	read(bytes: Buffer | undefined): Body;
}

export interface BodyOptions<Body, Json> {
	readonly limitBytes?: number;
	/** An absent or empty body is read as `{}`. */
	readonly optional?: boolean;
	/** Applied before validation, for other spellings of field names. */
	readonly normalise?: (json: unknown) => unknown;
	/** Makes the typed body of validated JSON; without it the JSON is the body. */
	readonly decode?: (json: Json) => Body;
}

/**
 * A JSON body that a schema describes. The validator is compiled at its first
 * use, so that a start does not pay for all of them. Unknown fields pass and
 * stay unread.
 */
export function jsonBody<Body, Json = Body>(
	schema: object,
	options: BodyOptions<Body, Json> = {},
): BodySpec<Body> {
	let validate: ValidateFunction<Json> | undefined;
	return {
		schema,
		limitBytes: options.limitBytes ?? BODY_LIMIT_BYTES,
		read(bytes) {
			const parsed = parseBody(bytes, options.optional ?? false);
			const value: unknown = options.normalise?.(parsed) ?? parsed;
			validate ??= newAjv().compile<Json>(schema);
			if (validate(value)) return decoded(value, options);
			throw new PangolinError(
				"bad-request",
				validationMessage(validate.errors ?? []),
			);
		},
	};
}

function decoded<Body, Json>(
	json: Json,
	options: BodyOptions<Body, Json>,
): Body {
	// Without a decoder the caller's Body is its Json: the default of jsonBody.
	return options.decode === undefined
		? (json as unknown as Body)
		: options.decode(json);
}

function newAjv(): Ajv {
	return new Ajv({
		discriminator: true,
		strict: false,
		allowUnionTypes: true,
		keywords: [int64Keyword],
	});
}

function parseBody(bytes: Buffer | undefined, optional: boolean): unknown {
	if (bytes === undefined || bytes.length === 0) {
		if (optional) return {};
		throw new PangolinError(
			"bad-request",
			"The request needs a JSON body, and it is empty",
		);
	}
	if (!isUtf8(bytes)) {
		throw new PangolinError("bad-request", "The body is not valid UTF-8");
	}
	return parseJson(bytes.toString("utf8"), {
		maxDepth: MAX_DEPTH,
		rejectDuplicateKeys: true,
	});
}

/** Names the field as a path: `updates[0].schema.fields[2].type must be string`. */
export function validationMessage(errors: readonly ErrorObject[]): string {
	const error = errors[0];
	if (error === undefined) return "The body is not valid";
	const field = fieldPath(error.instancePath);
	const missing: unknown = error.params.missingProperty;
	if (error.keyword === "required" && typeof missing === "string") {
		return `Missing field: ${field === "" ? missing : `${field}.${missing}`}`;
	}
	const where = field === "" ? "The body" : `Field ${field}`;
	const tag: unknown = error.params.tagValue;
	if (error.keyword === "discriminator") {
		const name = String(error.params.tag);
		const value = typeof tag === "string" ? JSON.stringify(tag) : "missing";
		return `${where}: unknown or missing "${name}": ${value}`;
	}
	if (error.keyword === int64Keyword.keyword)
		return `${where} must be an integer of 64 bits`;
	return `${where} ${expectation(error)}`;
}

/** What Ajv's own text leaves out or writes as code. */
function expectation({ keyword, params, message }: ErrorObject): string {
	const { type, allowedValues } = params as {
		readonly type?: string | readonly string[];
		readonly allowedValues?: readonly unknown[];
	};
	if (keyword === "type" && type !== undefined)
		return `must be ${[type].flat().join(" or ")}`;
	if (keyword === "enum" && allowedValues !== undefined)
		return `must be ${allowedValues.map((value) => JSON.stringify(value)).join(" or ")}`;
	return message ?? "is not valid";
}

function fieldPath(pointer: string): string {
	let path = "";
	for (const raw of pointer.split("/").slice(1)) {
		const part = raw.replaceAll("~1", "/").replaceAll("~0", "~");
		if (/^[0-9]+$/.test(part)) path += `[${part}]`;
		else path += path === "" ? part : `.${part}`;
	}
	return path;
}
