import assert from "node:assert/strict";
import { test } from "node:test";
import {
	isSecretKey,
	maskJson,
	maskSecrets,
	unmaskJson,
	unmaskSecrets,
} from "./secrets.ts";

test("keys of secrets are recognised in every spelling, others are not", () => {
	for (const key of [
		"s3.secret-access-key",
		"secretAccessKey",
		"SECRET_KEY",
		"session_token",
		"adls.sas-token.account.dfs.core.windows.net",
		"account_key",
		"private_key",
		"gcs.oauth2.token",
		"credential",
		"api-key",
		"adls.connection-string.x",
	])
		assert.ok(isSecretKey(key), key);
	for (const key of [
		"type",
		"root",
		"region",
		"s3.endpoint",
		"bucket",
		"s3.access-key-id",
		"account_name",
	])
		assert.ok(!isSecretKey(key), key);
});

test("a mask that comes back keeps the secret, another value replaces it", () => {
	const before = { type: "s3", secret: "old" };
	assert.deepEqual(maskSecrets(before), { type: "s3", secret: "***" });
	assert.deepEqual(unmaskSecrets({ secret: "***" }, before), { secret: "old" });
	assert.deepEqual(unmaskSecrets({ secret: "new" }, before), { secret: "new" });
	assert.deepEqual(unmaskSecrets({ secret: "***" }, {}), { secret: "***" });
	assert.deepEqual(unmaskSecrets({ root: "***" }, before), { root: "***" });
});

test("nested secrets are masked and kept alike", () => {
	const before = {
		AwsStatic: { id: "a", secret_key: "old", list: [{ password: "p" }] },
	};
	assert.deepEqual(maskJson(before), {
		AwsStatic: { id: "a", secret_key: "***", list: [{ password: "***" }] },
	});
	assert.deepEqual(
		unmaskJson({ AwsStatic: { id: "b", secret_key: "***" } }, before),
		{
			AwsStatic: { id: "b", secret_key: "old" },
		},
	);
	assert.equal(maskJson(null), null);
});

test("keys of prototypes are data", () => {
	const masked = maskSecrets(JSON.parse('{"__proto__":"a","constructor":"b"}'));
	assert.deepEqual(Object.keys(masked), ["__proto__", "constructor"]);
});
