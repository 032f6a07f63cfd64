import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checkProperty } from "../../test/support/property.ts";
import { elementsIn, skimObject } from "./skim.ts";

const KEYS = new Set(["s", "t"]);

const skim = (text: string) => skimObject(Buffer.from(text), KEYS);

/** What was passed over, put back. */
function putBack(text: string): unknown {
	const found = skim(text);
	assert.ok(found !== undefined, text);
	const object = JSON.parse(found.rest);
	const bytes = Buffer.from(text);
	for (const [key, range] of found.arrays) {
		assert.equal(object[key].length, 0);
		const { start, end } = range;
		const offsets = elementsIn(bytes, { start, end });
		assert.ok(offsets !== undefined, text);
		assert.deepEqual(elementsIn(bytes, range), offsets);
		for (let k = 0; k < offsets.length; k += 2)
			object[key].push(
				JSON.parse(bytes.toString("utf8", offsets[k], offsets[k + 1])),
			);
	}
	return object;
}

describe("skimming", () => {
	test("finds every element, whatever is in it and around it", async () => {
		// The runtime's parser mistakes other keys for this one once it has seen it.
		const key = fc.string().filter((text) => text !== "\\");
		const text = fc.oneof(
			key,
			fc.constantFrom("s", "t", "]}", '"', "\\\\"),
			fc.constantFrom("}],", '}],"a', '\\"}],"a', "}]}", '},{"a'),
		);
		const member = fc.dictionary(
			text,
			fc.oneof(
				text,
				fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }),
				fc.dictionary(text, text),
			),
		);
		const json = fc.record(
			{
				a: fc.jsonValue(),
				s: fc.array(member),
				b: member,
				t: fc.array(member),
				"ä]}": fc.jsonValue(),
			},
			{ requiredKeys: [] },
		);
		const indent = fc.constantFrom(undefined, "\t", 2);
		await checkProperty(
			fc.property(json, indent, (value, space) => {
				const text = JSON.stringify(value, undefined, space);
				assert.deepEqual(putBack(text), JSON.parse(text));
				const passedOver = [...(skim(text)?.arrays.keys() ?? [])];
				assert.deepEqual(
					passedOver,
					[..."st"].filter((key) => key in value),
				);
			}),
		);
	});

	test("leaves alone what has another form", () => {
		for (const value of ["null", "1", '"]"', "{}", "[[{}]]", '{"s":[{}]}']) {
			const text = `{"u":${value},"v":0}`;
			assert.deepEqual(putBack(text), JSON.parse(text));
			assert.equal(skim(text)?.arrays.size, 0);
		}
		for (const text of [
			"[]",
			"",
			"{",
			'{"s":[1]}',
			'{"s":[{},]}',
			'{"s":[{}],"s":[]}',
			'{"s":[{"a":"}],"',
			'{"s":[{}]',
			'{"s" [{}]}',
			"{s:[]}",
		])
			assert.equal(skim(text), undefined, text);
	});

	test("tells elements apart only where they are objects with commas between", () => {
		for (const text of [
			'{"s":[{},1,{}]}',
			'{"s":[{} {}]}',
			'{"s":[{},,{}]}',
			'{"s":[{"a":"}]}',
			'{"s":[{"a":{}]}',
		]) {
			const range = skim(text)?.arrays.get("s");
			assert.ok(range !== undefined, text);
			assert.equal(elementsIn(Buffer.from(text), range), undefined, text);
		}
	});
});
