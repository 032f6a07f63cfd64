import assert from "node:assert/strict";
import { test } from "node:test";
import { keepsFiles } from "./clients.ts";

test("PyIceberg deletes no files; of Java's client and others it is not known", () => {
	const known = (version: string) =>
		keepsFiles({ "x-client-version": version });
	assert.equal(known("PyIceberg 0.12.0"), true);
	assert.equal(known("Apache Iceberg 1.12.0 (commit 7f879b1)"), undefined);
	assert.equal(known(""), undefined);
	assert.equal(keepsFiles({}), undefined);
});
