import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { endProcessesIn } from "./server.ts";

/** A fresh folder that goes when the test ends, after the servers that work in it. */
export function temporaryFolder(test: TestContext): string {
	const folder = mkdtempSync(join(tmpdir(), "pangolin-test-"));
	// What a test does after its end is done in order: this comes before its own stops.
	test.after(async () => {
		await endProcessesIn(folder);
		rmSync(folder, { recursive: true, force: true });
	});
	return folder;
}
