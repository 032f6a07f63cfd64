import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { openPostgresStore } from "../../src/store/postgres/postgresStore.ts";
import { commitAlways } from "../support/commitLoad.ts";
import {
	assertRestored,
	done,
	KINDS,
	NAMES,
	pangolin,
	type Site,
	site,
} from "../support/databaseSites.ts";
import { addressOf } from "../support/emptyPostgres.ts";
import { asAdmin, sharedCluster } from "../support/postgres.ts";
import { preparePython } from "../support/python.ts";
import { blocksOf, onlyBlock, runCommands } from "./guide.ts";

/** PostgreSQL's own pg_dump and pg_restore, which npm's package of the server lacks. */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TOOLS = { name: "postgres-tools", folder: "test/support/postgresTools" };
const { PostgreSQL } = KINDS;

const guide = (name: string) =>
	readFileSync(join(ROOT, `docs/guides/${name}.md`), "utf8");

/** Runs one of the tools, while clients of this process go on. */
async function run(
	bin: string,
	tool: string,
	...args: string[]
): Promise<void> {
	const child = spawn(join(bin, tool), args);
	const output: string[] = [];
	child.stderr.setEncoding("utf8").on("data", (text) => output.push(text));
	const [status] = await once(child, "close");
	assert.equal(status, 0, `${tool}: ${output.join("")}`);
}

describe("pg_dump under load", () => {
	let bin = "";
	before(async () => {
		const python = await preparePython(ROOT, TOOLS);
		const [found] = globSync(
			join(
				python,
				"../../lib/python*/site-packages/embedded_postgres/pginstall/bin",
			),
		);
		assert.ok(found !== undefined && existsSync(join(found, "pg_dump")));
		bin = found;
	});

	/** A dump that was made while two servers were committed to, and what was acknowledged before. */
	async function dumped(test: TestContext) {
		const place: Site = await site(test, PostgreSQL);
		const load = commitAlways(place.sends, NAMES);
		await load.more();
		const acknowledged = new Map(load.acknowledged);
		const file = join(place.folder, "pangolin.dump");
		const to = ["--format=custom", `--file=${file}`];
		await run(bin, "pg_dump", ...to, `--dbname=${place.url}`);
		await load.stop();
		return { ...place, acknowledged, file };
	}

	it("holds every commit that was answered before, and pg_restore brings all of it back", async (test) => {
		const { dataDir, file, acknowledged } = await dumped(test);
		const target = await PostgreSQL.emptyUrl();
		const into = ["--exit-on-error", "--no-owner", `--dbname=${target}`];
		await run(bin, "pg_restore", ...into, file);
		await assertRestored(test, dataDir, target, acknowledged);
	});

	it("is restored by the commands of docs/guides/backup.md", async (test) => {
		const { folder, dataDir, url, stop } = await site(test, PostgreSQL);
		await stop();
		const target = await PostgreSQL.emptyUrl();
		const example = blocksOf(guide("backup")).at(-1);
		const printed = runCommands(folder, example?.code ?? "", {
			PATH: `${bin}:${process.env.PATH}`,
			DATABASE_URL: url,
			NEW_DATABASE_URL: target,
		});
		assert.match(printed, /is sound/);
		await assertRestored(test, dataDir, target, new Map());
	});

	it("is seen by the check where it was not restored to its end", async (test) => {
		const { dataDir, file } = await dumped(test);
		const target = await PostgreSQL.emptyUrl();
		const halves = ["--section=pre-data", "--section=data"];
		await run(bin, "pg_restore", ...halves, `--dbname=${target}`, file);
		const { code, output } = await pangolin(dataDir, target, "check");
		assert.equal(code, 1);
		assert.match(output, /the schema lacks a valid index: refs\.refs_by_line/);
		assert.match(output, /the schema lacks a valid key: claims, PRIMARY KEY/);
		await run(
			bin,
			"pg_restore",
			"--section=post-data",
			`--dbname=${target}`,
			file,
		);
		assert.match(await done(dataDir, target, "check"), /is sound/);
	});
});

describe("the set-up of docs/guides/postgres.md", () => {
	it("is enough for a server", async (test) => {
		const { port } = await sharedCluster();
		for (const statement of onlyBlock(guide("postgres"), "sql").split(";"))
			await asAdmin(port, statement);
		const own = { ...addressOf(port, "pangolin"), user: "pangolin" };
		const store = await openPostgresStore({ address: own });
		test.after(() => store.close());
		assert.deepEqual(await store.registry.tenants({ limit: 9 }), []);
		const other = { ...own, database: "postgres" };
		await assert.rejects(openPostgresStore({ address: other }), /permission/);
	});
});
