import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { refuses } from "../conformance/harness.ts";
import { openWriter } from "./writer.ts";

const BYTES = Buffer.from("bytes");

/** A thread that ends at its first batch. */
const DYING = new URL(
	"data:text/javascript,import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(1));",
);

test("when the thread dies every write that waits for it is refused, and the next one gets a new thread", async () => {
	const writer = openWriter(DYING);
	for (let round = 0; round < 2; round++)
		await Promise.all(
			[1, 2, 3].map((n) =>
				refuses("unavailable", () =>
					writer.write(
						`file:///a/${n}`,
						{ root: "/a", target: `/a/${n}` },
						BYTES,
					),
				),
			),
		);
	await writer.close();
});

test("more writes than fit in one batch are all done", async (t) => {
	const root = realpathSync(mkdtempSync(join(tmpdir(), "pangolin-")));
	t.after(() => rmSync(root, { recursive: true, force: true }));
	const writer = openWriter();
	const targets = Array.from({ length: 150 }, (_, i) => `${root}/f${i}`);
	await Promise.all(
		targets.map((target) =>
			writer.write(`file://${target}`, { root, target }, Buffer.from(target)),
		),
	);
	await writer.close();
	for (const target of targets)
		assert.equal(readFileSync(target, "utf8"), target);
});
