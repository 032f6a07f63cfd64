import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkProperty } from "../../test/support/property.ts";
import { PangolinError } from "../model/errors.ts";
import { checkRefName, parseRefSpec } from "./refNames.ts";
import { formatTime, parseTime } from "./times.ts";

const ID = "01900000-0000-7000-8000-0000000000ab";

function isRefused(name: string): boolean {
	try {
		checkRefName("branch", name);
		return false;
	} catch (error) {
		assert(error instanceof PangolinError && error.code === "bad-request");
		return true;
	}
}

test("names of branches and tags", () => {
	const good = [
		"dev",
		"v1.2.0",
		"feature/x_1",
		"2026",
		"2026-08-01-freeze",
		"ä",
		"a".repeat(128),
	];
	for (const name of good) assert.equal(isRefused(name), false, name);
	const bad = [
		"",
		".",
		"..",
		"a/../b",
		"a//b",
		"/a",
		"a/",
		"-a",
		".a",
		"a@b",
		"a b",
		"a~b",
		"a%41",
		"a\u0000",
		"a\u001f",
		"a".repeat(129),
	];
	for (const name of bad) assert.equal(isRefused(name), true, name);
});

test("a name that could be a commit id or a time is refused", () => {
	const names = [
		ID,
		ID.toUpperCase(),
		"2026-08-01",
		"2026-08-01T00:00:00Z",
		"2026-13-45",
		"2026-08-01t12.30",
		"2026-08-01_12",
	];
	for (const name of names) assert.equal(isRefused(name), true, name);
});

test("a text is a commit id, a time or a name", () => {
	assert.deepEqual(parseRefSpec(ID.toUpperCase()), { kind: "commit", id: ID });
	assert.deepEqual(parseRefSpec("1970-01-01T00:00:01Z"), {
		kind: "time",
		timeMicros: 1_000_000,
	});
	assert.deepEqual(parseRefSpec("dev"), { kind: "name", name: "dev" });
});

test("what is allowed as a name is always read as one", () =>
	checkProperty(
		fc.property(
			fc.string({ unit: fc.constantFrom(..."0123456789abcdefTZ:-_./") }),
			(name) => {
				fc.pre(!isRefused(name));
				assert.deepEqual(parseRefSpec(name), { kind: "name", name });
			},
		),
	));

test("times are ISO 8601, in UTC unless they say otherwise", () => {
	const noon = Date.UTC(2026, 7, 1, 12) * 1000;
	const spellings: [string, number][] = [
		["2026-08-01", noon - 12 * 3_600_000_000],
		["2026-08-01T12:00", noon],
		["2026-08-01T12:00:00", noon],
		["2026-08-01t12:00:00z", noon],
		["2026-08-01T14:30:00+02:30", noon],
		["2026-08-01T07:00:00-05:00", noon],
		["2026-08-01T12:00:00.5Z", noon + 500_000],
		["2026-08-01T12:00:00.0000019Z", noon + 1],
	];
	for (const [text, micros] of spellings)
		assert.equal(parseTime(text), micros, text);
	const wrong = [
		"2026-02-30",
		"2026-13-01",
		"2026-08-01T24:00:00Z",
		"2026-08-01T12:60:00Z",
		"2026-08-01T12:00:00+24:00",
		"2026-08-01 12:00:00",
		"2026-8-1",
		"20260801",
		"now",
		"",
	];
	for (const text of wrong) assert.equal(parseTime(text), undefined, text);
});

test("a time that was written is read back to the microsecond", () =>
	checkProperty(
		fc.property(fc.integer({ min: 0, max: 8e15 }), (micros) => {
			assert.equal(parseTime(formatTime(micros)), micros);
		}),
	));
