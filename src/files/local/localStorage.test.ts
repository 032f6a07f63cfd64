import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { STORAGE_CASES } from "../conformance/cases.ts";
import type { StorageUnderTest } from "../conformance/harness.ts";
import { openLocalStorage } from "./localStorage.ts";

for (const { name, run } of STORAGE_CASES) {
	test(`local storage: ${name}`, async () => {
		const under = await openTemporary();
		try {
			await run(under);
		} finally {
			await under.dispose();
		}
	});
}

async function openTemporary(): Promise<StorageUnderTest> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), "pangolin-")));
	const storage = await openLocalStorage({
		roots: [join(folder, "warehouse"), join(folder, "further")],
	});
	return {
		storage,
		spellings(location) {
			const path = location.slice("file://".length);
			return [path, `file:${path}`, `file://${path}`];
		},
		outside: [`file://${folder}/other/a`, "file:///etc/passwd"],
		async dispose() {
			await storage.close();
			await rm(folder, { recursive: true, force: true });
		},
	};
}
