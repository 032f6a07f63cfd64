import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checkProperty } from "../../test/support/property.ts";
import { PangolinError } from "../model/errors.ts";
import {
	type JsonValue,
	parseDocument,
	parseJson,
	stringifyJson,
} from "./json.ts";

const refusedWith = (code: string, message?: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	error.code === code &&
	(message === undefined || message.test(error.message));

/** Integers as our parser gives them: `bigint` from 16 digits on. */
function asParsed(integer: bigint): number | bigint {
	const digits = integer < 0n ? -integer : integer;
	return digits >= 10n ** 15n ? integer : Number(integer);
}

const BORDERS = [
	2n ** 53n - 1n,
	2n ** 53n,
	2n ** 53n + 1n,
	-(2n ** 53n) - 1n,
	2n ** 63n - 1n,
	-(2n ** 63n),
	10n ** 15n - 1n,
	10n ** 15n,
	3051729675574597004n,
];

const integers = fc
	.oneof(fc.constantFrom(...BORDERS), fc.bigInt(-(2n ** 64n), 2n ** 64n))
	.map(asParsed);

const texts = fc.oneof(
	fc.string({ unit: "binary" }),
	fc.string(),
	fc.constantFrom(
		"\u007f",
		"\u007f3051729675574597004",
		"\u00011234567890123456789",
		'":1234567890123456789,"',
		"\\u007f12345678901234567",
		"__proto__",
		"constructor",
		"toString",
		"1",
		"snapshot-id",
	),
);

/** One key is refused; see the test of it. */
const REFUSED_KEY = /"(?:\\\\|\\u005c)"\s*:/i;
const keys = texts.filter((text) => text !== "\\");

const numbers = fc
	.double({ noNaN: true, noDefaultInfinity: true })
	.filter((value) => !Number.isInteger(value) || Math.abs(value) < 1e15);

const { value: values } = fc.letrec<{ value: JsonValue }>((tie) => ({
	value: fc.oneof(
		{ depthSize: "small", withCrossShrink: true },
		fc.constantFrom(null, true, false),
		integers,
		numbers,
		texts,
		fc.array(tie("value"), { maxLength: 4 }),
		fc
			.array(fc.tuple(keys, tie("value")), { maxLength: 4 })
			.map((members): JsonValue => Object.fromEntries(members)),
	),
}));

describe("lossless JSON", () => {
	test("what was written is read again, nested and with foreign keys", async () => {
		await checkProperty(
			fc.property(values, (value) => {
				assert.deepStrictEqual(parseJson(stringifyJson(value)), value);
			}),
			{ runs: 3000 },
		);
	});

	test("the digits of 64-bit integers survive, wherever they stand", async () => {
		await checkProperty(
			fc.property(
				fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), {
					minLength: 50,
					maxLength: 50,
				}),
				keys,
				(ids, key) => {
					const list = ids.join(" , ");
					const text = `{${JSON.stringify(key)}:[${list}],"x":{"y":[{"snapshot-id": ${ids[0]}\n}]}}`;
					const expected = `{${JSON.stringify(key)}:[${ids.join(",")}],"x":{"y":[{"snapshot-id":${ids[0]}}]}}`;
					if (key !== "x")
						assert.equal(
							reordered(stringifyJson(parseJson(text))),
							reordered(expected),
						);
				},
			),
			{ runs: 2000 },
		);
	});

	test("agrees with the runtime's parser where nothing is lost", async () => {
		await checkProperty(
			fc.property(fc.json({ maxDepth: 5 }), (text) => {
				fc.pre(!REFUSED_KEY.test(text));
				const native: unknown = JSON.parse(text);
				const ours = parseJson(text);
				assert.deepStrictEqual(
					withoutLongIntegers(ours),
					withoutLongIntegers(native),
				);
			}),
			{ runs: 1000 },
		);
	});

	test("any text is parsed or refused as a bad request, as the runtime decides", async () => {
		const fragments = fc.constantFrom(
			"{",
			"}",
			"[",
			"]",
			",",
			":",
			'"',
			'"a"',
			"\\",
			"1234567890123456789",
			"-",
			"0",
			"12345678901234567.5",
			"2.5",
			" ",
			"true",
			"\u007f",
			'"\\u007f1"',
		);
		await checkProperty(
			fc.property(fc.array(fragments, { maxLength: 9 }), (parts) => {
				const text = parts.join("");
				fc.pre(!REFUSED_KEY.test(text));
				assert.equal(
					isAccepted(() => parseJson(text)),
					isAccepted(() => JSON.parse(text)),
					text,
				);
			}),
			{ runs: 20000 },
		);
	});

	const exact: [string, JsonValue][] = [
		["9007199254740993", 9007199254740993n],
		["-9223372036854775808", -9223372036854775808n],
		["9223372036854775807", 9223372036854775807n],
		["999999999999999", 999999999999999],
		["-0", -0],
		["1.5e3", 1500],
		['"\\u007f1234567890123456789"', "\u007f1234567890123456789"],
		['["\u007f1", 12345678901234567]', ["\u007f1", 12345678901234567n]],
		['["\\u007F1", 12345678901234567]', ["\u007f1", 12345678901234567n]],
		['{"a\\u0062":12345678901234567}', { ab: 12345678901234567n }],
		['{"":{"":[12345678901234567]}}', { "": { "": [12345678901234567n] } }],
	];
	for (const [text, value] of exact) {
		test(`reads ${text}`, () => {
			assert.deepStrictEqual(parseJson(text), value);
		});
	}

	const refused = [
		"",
		"{",
		"1e400",
		"-1e400",
		`[${"9".repeat(400)}]`,
		`{"a":1${"0".repeat(200)}}`,
		"{1234567890123456789:1}",
		"{1234567890123456789 :1}",
		"01234567890123456789",
		'"a"1234567890123456789',
		"12345678901234567 12345678901234567",
		"[1,]",
		"NaN",
		'{"a":"b',
		"\ufeff{}",
	];
	for (const text of refused) {
		test(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
			assert.throws(() => parseJson(text), refusedWith("bad-request"));
		});
	}

	test("__proto__ is data, and prototypes stay clean", () => {
		const parsed = parseJson(
			'{"__proto__":{"x":12345678901234567},"constructor":{"prototype":{"y":1}}}',
		);
		assert.equal(
			stringifyJson(parsed),
			'{"__proto__":{"x":12345678901234567},"constructor":{"prototype":{"y":1}}}',
		);
		assert.equal(Object.hasOwn(Object.prototype, "x"), false);
		assert.equal(Object.hasOwn(Object.prototype, "y"), false);
	});

	test("depth is bounded before anything is parsed", () => {
		const nested = (depth: number) =>
			`${"[".repeat(depth)}${"]".repeat(depth)}`;
		assert.doesNotThrow(() => parseJson(nested(64)));
		assert.throws(
			() => parseJson(nested(65)),
			refusedWith("bad-request", /64/),
		);
		assert.throws(
			() => parseJson(nested(8_000_000)),
			refusedWith("bad-request"),
		);
		assert.throws(
			() => parseJson(nested(4), { maxDepth: 3 }),
			refusedWith("bad-request"),
		);
		assert.doesNotThrow(() => parseJson(`"${"[".repeat(100)}"`));
	});

	test("a key that the runtime confuses others with is refused", () => {
		for (const key of ["\\\\", "\\u005c", "\\u005C"])
			for (const text of [`{"a":1,"${key}":2}`, `[{"${key}" :{}}]`])
				assert.throws(() => parseJson(text), /single backslash/, text);
		for (const key of ['\\"', "\\n", "\\\\\\\\", "a\\\\"])
			assert.deepEqual(parseJson(`{"a":"\\\\","${key}":2}`), {
				a: "\\",
				[JSON.parse(`"${key}"`)]: 2,
			});
	});

	const duplicated = [
		'{"a":1,"a":1}',
		'{"a":1,"\\u0061":2}',
		'{"x":[{"a":1,"b":2,"a":3}]}',
		'{"__proto__":1,"__proto__":2}',
		'{"a":12345678901234567,"a":{}}',
	];
	for (const text of duplicated) {
		test(`finds the duplicate key in ${text}`, () => {
			assert.throws(
				() => parseJson(text, { rejectDuplicateKeys: true }),
				refusedWith("bad-request", /twice/),
			);
			assert.doesNotThrow(() => parseJson(text));
		});
	}

	test("no false duplicates", async () => {
		await checkProperty(
			fc.property(values, (value) => {
				assert.doesNotThrow(() =>
					parseJson(stringifyJson(value), { rejectDuplicateKeys: true }),
				);
			}),
		);
	});

	test("a text outside of Latin-1 is scanned as exactly", () => {
		assert.deepStrictEqual(parseJson('{"Ģ":"日本","id":12345678901234567}'), {
			Ģ: "日本",
			id: 12345678901234567n,
		});
	});

	test("elements of watched arrays are located", () => {
		const text =
			'{"b":{"a":[{"no":1}]},"a": [ {"x": [{}] , "y":"]}"},{"z":12345678901234567} ]}';
		const { elements } = parseDocument(text, { watchedArrays: new Set(["a"]) });
		const [x, z] = ['{"x": [{}] , "y":"]}"}', '{"z":12345678901234567}'];
		const offsets = [x, z].flatMap((part) => [
			text.indexOf(part),
			text.indexOf(part) + part.length,
		]);
		assert.deepStrictEqual([...elements], [["a", offsets]]);
	});

	test("what is no JSON is a fault of the caller", () => {
		for (const value of [
			Number.NaN,
			Number.POSITIVE_INFINITY,
			undefined,
			() => 1,
		])
			assert.throws(() => stringifyJson(value), TypeError);
	});
});

function isAccepted(parse: () => unknown): boolean {
	try {
		parse();
		return true;
	} catch (error) {
		if (error instanceof SyntaxError || error instanceof PangolinError)
			return false;
		throw error;
	}
}

/** Objects put keys like `1` first. */
function reordered(text: string): string {
	return stringifyJson(parseJson(text));
}

function withoutLongIntegers(value: unknown): unknown {
	if (typeof value === "bigint") return "long";
	if (
		typeof value === "number" &&
		Number.isInteger(value) &&
		Math.abs(value) >= 1e15
	)
		return "long";
	if (Array.isArray(value)) return value.map(withoutLongIntegers);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, member]) => [
			key,
			withoutLongIntegers(member),
		]),
	);
}
