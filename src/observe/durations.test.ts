import assert from "node:assert/strict";
import { test } from "node:test";
import { createDurations } from "./durations.ts";

test("durations fall into cumulative buckets, bounds included, and none is lost", () => {
	const durations = createDurations();
	for (const seconds of [0, 0.001, 0.0011, 10, 11, Number.POSITIVE_INFINITY])
		durations.add("loadTable", seconds);
	durations.add("other", 0.2);
	const text = durations.render();
	const valueIn = (series: string): string | undefined =>
		text
			.split("\n")
			.find((line) => line.startsWith(`${series} `))
			?.split(" ")[1];
	const bucket = (le: string): string | undefined =>
		valueIn(
			`pangolin_http_request_duration_seconds_bucket{le="${le}",route="loadTable"}`,
		);
	assert.equal(bucket("0.001"), "2");
	assert.equal(bucket("0.0025"), "3");
	assert.equal(bucket("2.5"), "3");
	assert.equal(bucket("10"), "4");
	assert.equal(bucket("+Inf"), "6");
	assert.equal(
		valueIn('pangolin_http_request_duration_seconds_count{route="loadTable"}'),
		"6",
	);
	assert.equal(
		valueIn('pangolin_http_request_duration_seconds_sum{route="other"}'),
		"0.2",
	);
	assert.match(text, /# TYPE pangolin_http_request_duration_seconds histogram/);
});
