import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

describe("the embedded example", () => {
	it("runs to its end and leaves nothing running", () => {
		const { status, stdout, stderr } = spawnSync(
			process.execPath,
			["--conditions=pangolin-source", "examples/embedded.ts"],
			{ cwd: ROOT, encoding: "utf8", timeout: 60_000 },
		);
		assert.equal(stderr, "");
		assert.deepEqual(stdout.trimEnd().split("\n"), [
			"create shop: 200",
			"create shop again: 409",
			'over HTTP: {"namespaces":[["default"],["shop"]],"next-page-token":null}',
			"in memory: 200",
			"in memory: 200",
		]);
		assert.equal(status, 0);
	});
});
