import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Json } from "./support.ts";

/** Apache Iceberg's own file, unchanged (Apache License 2.0): a clone brings all that its tests read. */
const FILE = fileURLToPath(
	new URL("rest-catalog-open-api.yaml", import.meta.url),
);

export interface Operation {
	readonly id: string;
	readonly method: string;
	readonly path: string;
	readonly takesIdempotencyKey: boolean;
	readonly definition: Json;
}

export function readSpecification(): Json {
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
