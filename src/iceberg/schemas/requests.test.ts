import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Ajv, type ValidateFunction } from "ajv";
import { parseJson } from "../json.ts";
import { LIMITS } from "../limits.ts";
import { int64Keyword } from "./int64.ts";
import type { JsonSchema } from "./parts.ts";
import * as requests from "./requests.ts";

const ajv = new Ajv({ discriminator: true, keywords: [int64Keyword] });
const compiled = new Map<JsonSchema, ValidateFunction>();

function accepts(schema: JsonSchema, text: string): boolean {
	const validate = compiled.get(schema) ?? ajv.compile({ ...schema });
	compiled.set(schema, validate);
	return validate(parseJson(text));
}

const list = (length: number, item: string) =>
	`[${Array.from({ length }, () => item).join(",")}]`;
const UPDATES = (updates: string) => `{"requirements":[],"updates":${updates}}`;

describe("JSON Schemas of requests", () => {
	test("compile in Ajv's strict mode", () => {
		for (const schema of Object.values(requests))
			assert.doesNotThrow(() => ajv.compile({ ...schema }));
	});

	test("are bounded as the guide to operating the server says", () => {
		const guide = readFileSync(
			new URL("../../../docs/guides/operations.md", import.meta.url),
			"utf8",
		);
		const table = guide.slice(guide.indexOf("| levels of a namespace"));
		const said = table
			.split("\n\n", 1)
			.join()
			.matchAll(/\b[0-9][0-9,]*\b/g);
		assert.deepEqual(
			[...said].map(([number]) => Number(number.replaceAll(",", ""))).sort(),
			Object.values(LIMITS).sort(),
		);
	});

	const accepted: [JsonSchema, string][] = [
		[
			requests.createTableRequest,
			'{"name":"t","schema":{"type":"struct","fields":[]},"location":null,"new-member":1}',
		],
		[
			requests.commitTableRequest,
			UPDATES(
				'[{"action":"remove-snapshots","snapshot-ids":[1,9223372036854775807]}]',
			),
		],
		[
			requests.commitTableRequest,
			UPDATES(
				'[{"action":"set-snapshot-ref","ref-name":"b","type":"branch","snapshot-id":3051729675574597004,"max-ref-age-ms":null}]',
			),
		],
		[
			requests.commitTableRequest,
			UPDATES('[{"action":"set-properties","updated":{"a":"b"}}]'),
		],
		[
			requests.commitTableRequest,
			`{"requirements":[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null}],"updates":[]}`,
		],
		[
			requests.commitTableRequest,
			UPDATES(list(5000, '{"action":"remove-snapshots","snapshot-ids":[1]}')),
		],
		[
			requests.commitTransactionRequest,
			'{"table-changes":[{"identifier":{"namespace":["a"],"name":"t"},"requirements":[],"updates":[]}]}',
		],
		[requests.updateNamespacePropertiesRequest, "{}"],
		[
			requests.reportMetricsRequest,
			'{"report-type":"scan-report","snapshot-id":3051729675574597004,"metrics":{"x":{}}}',
		],
	];
	for (const [schema, text] of accepted) {
		test(`accepted: ${text.slice(0, 90)}`, () => {
			assert.equal(accepts(schema, text), true);
		});
	}

	const change =
		'{"identifier":{"namespace":["a"],"name":"t"},"requirements":[],"updates":[]}';
	const properties = (count: number) =>
		`{${Array.from({ length: count }, (_, i) => `"k${i}":""`).join(",")}}`;
	const refused: [JsonSchema, string][] = [
		[requests.createTableRequest, '{"schema":{"type":"struct","fields":[]}}'],
		[
			requests.createTableRequest,
			`{"name":"t","schema":{"type":"struct","fields":${list(10_000, "{}")}}}`,
		],
		[
			requests.createTableRequest,
			'{"name":"t","schema":{"type":"list","fields":[]}}',
		],
		[requests.commitTableRequest, UPDATES('[{"action":"unknown"}]')],
		[
			requests.commitTableRequest,
			UPDATES(
				'[{"action":"remove-snapshots","snapshot-ids":[9223372036854775808]}]',
			),
		],
		[
			requests.commitTableRequest,
			UPDATES('[{"action":"remove-snapshots","snapshot-ids":[1.5]}]'),
		],
		[
			requests.commitTableRequest,
			UPDATES(
				'[{"action":"set-current-schema","schema-id":3051729675574597004}]',
			),
		],
		[
			requests.commitTableRequest,
			`{"updates":[],"requirements":${list(10_000, '{"type":"assert-create"}')}}`,
		],
		[
			requests.commitTransactionRequest,
			`{"table-changes":${list(1000, change)}}`,
		],
		[
			requests.commitTransactionRequest,
			'{"table-changes":[{"requirements":[],"updates":[]}]}',
		],
		[
			requests.createNamespaceRequest,
			`{"namespace":["a"],"properties":${properties(10_000)}}`,
		],
		[requests.createNamespaceRequest, `{"namespace":${list(1000, '"a"')}}`],
		[
			requests.createNamespaceRequest,
			'{"namespace":["a"],"properties":{"a":1}}',
		],
		[
			requests.commitViewRequest,
			'{"updates":[{"action":"add-snapshot","snapshot":{}}]}',
		],
		[requests.renameRequest, '{"source":{"namespace":["a"],"name":"t"}}'],
	];
	for (const [schema, text] of refused) {
		test(`refused: ${text.slice(0, 90)}`, () => {
			assert.equal(accepts(schema, text), false);
		});
	}
});
