import assert from "node:assert/strict";
import { test } from "node:test";
import { PangolinError } from "./errors.ts";
import { HISTORY_RETENTION, historyRetentionSeconds } from "./retention.ts";

test("history is kept for a week, or as long as the catalog says", () => {
	assert.equal(historyRetentionSeconds({}), 604_800);
	assert.equal(historyRetentionSeconds({ other: "1" }), 604_800);
	for (const [text, seconds] of [
		["0", 0],
		["60", 60],
		["3162240000", 3_162_240_000],
	] as const)
		assert.equal(
			historyRetentionSeconds({ [HISTORY_RETENTION]: text }),
			seconds,
		);
});

test("what is no whole number of seconds is refused", () => {
	for (const text of [
		"",
		"-1",
		"1.5",
		"1e3",
		" 1",
		"7d",
		"3162240001",
		"99999999999",
	])
		assert.throws(
			() => historyRetentionSeconds({ [HISTORY_RETENTION]: text }),
			(error) => error instanceof PangolinError && error.code === "bad-request",
			text,
		);
});
