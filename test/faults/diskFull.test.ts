import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import { startServer } from "../support/server.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
	tableView,
} from "./support/client.ts";
import { startFaultyServer } from "./support/faultyServer.ts";
import { CALLS } from "./support/shim.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const DISK = "16m";
const TABLE = `${TABLES}/t`;

/** A server whose disk the test can fill and free. */
interface FullDisk {
	readonly send: Send;
	fill(): void;
	free(): void;
}

/** A file system of its own in a mount namespace of its own: needs no rights of the machine's. */
async function onTmpfs(test: TestContext): Promise<FullDisk> {
	const dataDir = join(temporaryFolder(test), "data");
	mkdirSync(dataDir);
	const server = await startServer(dataDir, {
		command: [
			"unshare",
			"-rm",
			"sh",
			"-c",
			`mount -t tmpfs -o size=${DISK} none "$0" && exec "$@"`,
			dataDir,
			process.execPath,
			MAIN,
		],
	});
	test.after(() => server.stop("SIGKILL"));
	const filler = `/proc/${server.pid}/root${dataDir}/filler`;
	return {
		send: await openClient(server.url),
		fill: () => fillUp(filler),
		free: () => rmSync(filler),
	};
}

function fillUp(filler: string): void {
	const piece = Buffer.alloc(4096);
	for (;;) {
		try {
			writeFileSync(filler, piece, { flag: "a" });
		} catch (error) {
			if (error instanceof Error && "code" in error && error.code === "ENOSPC")
				return;
			throw error;
		}
	}
}

/** Where mount namespaces are forbidden: every write fails as on a full disk. */
async function byShim(test: TestContext): Promise<FullDisk> {
	const { send, faults } = await startFaultyServer(test);
	return {
		send,
		fill: () =>
			faults.arm({
				calls: CALLS.write | CALLS.create,
				nth: 1,
				action: "error",
				error: "ENOSPC",
				sticky: true,
			}),
		free: () => faults.disarm(),
	};
}

async function outlive(disk: FullDisk): Promise<void> {
	const { send } = disk;
	await createNamespace(send);
	await succeed(send("POST", TABLES, createTableBody("t")));
	await succeed(send("POST", TABLE, propertyCommit("before")));
	disk.fill();
	let acknowledged = "before";
	let refused = 0;
	for (let i = 0; refused < 5; i++) {
		assert.ok(i < 200, "a full disk refuses sooner or later");
		const answer = await send("POST", TABLE, propertyCommit(`full-${i}`));
		if (answer.status === 200) acknowledged = `full-${i}`;
		else {
			assert.ok(answer.status >= 500, `${answer.status} ${answer.text}`);
			refused += 1;
		}
		const { written } = tableView(await succeed(send("GET", TABLE)));
		assert.equal(written, acknowledged);
	}
	disk.free();
	await succeed(send("POST", TABLE, propertyCommit("after")));
	assert.equal(tableView(await succeed(send("GET", TABLE))).written, "after");
}

describe("F6: a full disk", () => {
	it("refuses commits, serves reads and is well again once there is space", async (test) => {
		const canMount =
			spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"])
				.status === 0;
		test.diagnostic(canMount ? "on a tmpfs" : "by failing writes");
		await outlive(await (canMount ? onTmpfs(test) : byShim(test)));
	});

	it("is survived too where every write fails", async (test) => {
		await outlive(await byShim(test));
	});

	it("is noticed: a server that swallowed the errors would not pass", async (test) => {
		const disk = await byShim(test);
		const { send, faults } = await startFaultyServer(test);
		const swallowing: FullDisk = {
			...disk,
			send,
			fill: () =>
				faults.arm({ calls: CALLS.write, nth: 1, action: "lie", sticky: true }),
			free: () => faults.disarm(),
		};
		await assert.rejects(outlive(swallowing));
	});
});
