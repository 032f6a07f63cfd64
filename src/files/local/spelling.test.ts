import assert from "node:assert/strict";
import { test } from "node:test";
import { PangolinError } from "../../model/errors.ts";
import { localSpelling } from "./spelling.ts";

test("the spellings that all clients agree about are one location", () => {
	for (const spelling of ["/a/b", "file:/a/b", "file:///a/b"])
		assert.equal(localSpelling(spelling), "file:///a/b");
});

test("a percent sign is literal: nothing is decoded", () => {
	assert.equal(localSpelling("file:/a%41"), "file:///a%41");
});

test("spellings that clients read differently are refused", () => {
	for (const spelling of [
		"",
		"a",
		"./a",
		"~/a",
		"file:",
		"file:a",
		"file://",
		"file://a",
		"file://localhost/a",
		"file://host/a",
		"file:////a",
		"file:///" + "/a",
		"//a",
		"//host/a",
		"FILE:///a",
		"File:/a",
		" file:///a",
		"s3://bucket/a",
		"S3A://bucket/a",
		"hdfs:///a",
		"jar:file:///a",
		"file\u0000:///a",
		"\\a",
		"C:\\a",
		"file:\\a",
	])
		assert.throws(
			() => localSpelling(spelling),
			(error) =>
				error instanceof PangolinError && error.code === "location-not-allowed",
			JSON.stringify(spelling),
		);
});
