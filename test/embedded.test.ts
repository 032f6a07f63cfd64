import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createApp } from "../src/app.ts";
import { ConfigError } from "../src/config/readConfig.ts";
import type { Observation } from "../src/observe/observation.ts";
import { connect } from "../src/store/mongo/database.ts";
import { onlyBlock } from "./e2e/guide.ts";
import { temporaryFolder } from "./support/folders.ts";
import { freshMongoUrl } from "./support/mongo/mongo.ts";
import { freePort } from "./support/postgres.ts";

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

/** Only a file in the package's folder can import it by its name; another run of the tests has its own. */
const EXAMPLE = `${ROOT}.cache/embedding-${process.pid}.ts`;

describe("the example of docs/guides/embedding.md", () => {
	it("runs to its end as it stands", (test) => {
		const guide = readFileSync(`${ROOT}docs/guides/embedding.md`, "utf8");
		const dataDir = JSON.stringify(temporaryFolder(test));
		const code = onlyBlock(guide, "ts")
			.replace('"./data"', `${dataDir}, port: 0`)
			.replace("await app.close()", "console.log(answer, url)\n$&");
		mkdirSync(`${ROOT}.cache`, { recursive: true });
		test.after(() => rmSync(EXAMPLE, { force: true }));
		writeFileSync(EXAMPLE, code);
		const { status, stdout, stderr } = spawnSync(
			process.execPath,
			["--conditions=pangolin-source", EXAMPLE],
			{ encoding: "utf8", timeout: 60_000 },
		);
		assert.equal(status, 0, stderr);
		assert.match(stdout, /status(Code)?: 200.*http:\/\/127\.0\.0\.1:\d+\n$/s);
	});
});

describe("an embedded catalog", () => {
	it("is without authentication only where the program says so, and on loopback", async (test) => {
		const dataDir = temporaryFolder(test);
		await assert.rejects(createApp({ dataDir }), ConfigError);
		const open = { dataDir, noAuth: true, bindAddress: "0.0.0.0" };
		await assert.rejects(createApp(open), ConfigError);
	});

	it("lets go of everything when its port is taken, and can start again", async (test) => {
		const dataDir = temporaryFolder(test);
		const port = await freePort();
		const first = await createApp({ dataDir, noAuth: true, port });
		const { url } = await first.listen();
		const second = await createApp({
			dataDir,
			noAuth: true,
			port,
			databaseUrl: "memory:",
		});
		await assert.rejects(second.listen(), { code: "EADDRINUSE" });
		await second.close();
		await first.close();
		const third = await createApp({ dataDir, noAuth: true, port });
		assert.equal((await third.listen()).url, url);
		assert.equal(await third.close(), "clean");
		assert.equal(await third.close(), "clean");
	});

	it("observes what goes wrong in the background of its store", async (test) => {
		const databaseUrl = await freshMongoUrl();
		const { client, parts } = await connect({ url: databaseUrl });
		// What a server that clears up cannot read.
		await parts.insertOne({ _id: 7, ends: [], rows: [] } as never);
		await client.close();
		const dataDir = temporaryFolder(test);
		const seen: Observation[] = [];
		test.mock.timers.enable({ apis: ["setInterval"] });
		const app = await createApp(
			{ dataDir, noAuth: true, databaseUrl },
			{ observe: (observation) => seen.push(observation) },
		);
		test.mock.timers.tick(10 * 60 * 1000);
		await app.close();
		const errors = seen.filter(({ kind }) => kind === "background-error");
		assert.equal(errors.length, 1);
	});
});
