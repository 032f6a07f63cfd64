import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Json } from "./support.ts";

/** Apache Iceberg's own file, `open-api/rest-catalog-open-api.yaml`, which this repository does not copy. */
const FILE = fileURLToPath(
	new URL("../../../shared/spec/rest-catalog-open-api.yaml", import.meta.url),
);

export interface Operation {
	readonly id: string;
	readonly method: string;
	readonly path: string;
	readonly takesIdempotencyKey: boolean;
	readonly definition: Json;
}

/** @throws when the file is not there: a test that has nothing to compare with must fail. */
export function readSpecification(): Json {
	if (!existsSync(FILE)) {
		throw new Error(
			`put apache/iceberg's open-api/rest-catalog-open-api.yaml at ${FILE}`,
		);
	}
	return parse(readFileSync(FILE, "utf8"));
}

const VERBS = ["get", "head", "post", "put", "delete", "patch"];

export function operationsOf(specification: Json): Operation[] {
	return Object.entries<Json>(specification.paths).flatMap(([path, item]) =>
		VERBS.filter((verb) => item[verb] !== undefined).map((verb) => ({
			id: String(item[verb].operationId),
			method: verb.toUpperCase(),
			path,
			takesIdempotencyKey: JSON.stringify(item[verb].parameters ?? []).includes(
				"#/components/parameters/idempotency-key",
			),
			definition: item[verb],
		})),
	);
}
