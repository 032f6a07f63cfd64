import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../support/folders.ts";
import { runPangolin, startServer } from "../support/server.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	succeed,
	TABLES,
} from "./support/client.ts";

describe("F8: two servers", () => {
	it("on one file: the second one ends with a clear line, the first one goes on", async (test) => {
		const folder = temporaryFolder(test);
		const dataDir = join(folder, "data");
		const first = await startServer(dataDir);
		test.after(() => first.stop("SIGKILL"));
		const send = await openClient(first.url);
		await createNamespace(send);
		const link = join(folder, "link");
		symlinkSync(dataDir, link);
		for (const spelled of [dataDir, link]) {
			const second = await runPangolin(["serve"], {
				env: {
					PORT: "0",
					PANGOLIN_NO_AUTH: "1",
					PANGOLIN_DATA_DIR: spelled,
				},
			});
			assert.notEqual(second.code, 0);
			assert.match(second.output, /another Pangolin/);
			await succeed(
				send("POST", TABLES, createTableBody(`beside-${spelled === link}`)),
			);
		}
		assert.deepEqual(await first.stop(), { code: 0, signal: null });
	});

	it("on two files serve both: what refuses is the file's owner", async (test) => {
		const folder = temporaryFolder(test);
		const first = await startServer(join(folder, "one"));
		test.after(() => first.stop("SIGKILL"));
		const second = await startServer(join(folder, "two"));
		assert.deepEqual(await second.stop(), { code: 0, signal: null });
	});

	it("one after the other, the first one killed: no stale owner stays behind", async (test) => {
		const dataDir = join(temporaryFolder(test), "data");
		const first = await startServer(dataDir);
		await first.stop("SIGKILL");
		const second = await startServer(dataDir);
		assert.deepEqual(await second.stop(), { code: 0, signal: null });
	});
});
