import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preparePython } from "../../support/python.ts";
import { startServer } from "../../support/server.ts";
import { startUnguarded } from "./unguarded.ts";

/*
 * Lets Spark do all that deletes files to a table that two branches and a tag
 * share, and reads every ref after each step. Needs a JDK from 17 on, Maven and
 * Python: Spark comes from PyPI, Iceberg's runtime for it from Maven Central.
 */

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SCRIPT = fileURLToPath(new URL("shared_table.py", import.meta.url));
const RUNTIME = "iceberg-spark-runtime-3.5_2.12";
const VERSION = "1.10.0";

interface Report {
	readonly steps: readonly {
		readonly action: string;
		readonly ref: string;
		readonly outcome: string;
		/** Refs that do not read any more what they read before. */
		readonly lost: readonly string[];
	}[];
	/** What became of a table that only one ref shows. */
	readonly alone: { readonly deleted: number; readonly rows: unknown };
}

async function main(): Promise<void> {
	const python = await preparePython(ROOT, {
		requirements: "test/e2e/spark/requirements.txt",
		folder: ".cache/spark",
	});
	const jar = await runtimeJar();
	const folder = await mkdtemp(join(tmpdir(), "pangolin-spark-"));
	const server = await startServer(join(folder, "data"), {});
	try {
		const run = (url: string, name: string) =>
			runSpark(python, jar, url, join(folder, `${name}.json`));
		const guarded = await run(server.url, "guarded");
		print("as it is served", guarded);
		const proxy = await startUnguarded(server.url);
		const unguarded = await run(proxy.url, "unguarded");
		await proxy.close();
		print("control: gc.enabled taken out of the answers", unguarded);
		verify(guarded, unguarded);
	} finally {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

function print(title: string, { steps, alone }: Report): void {
	console.log(title);
	for (const { action, ref, outcome, lost } of steps)
		console.log(
			`  ${action} on ${ref}: ${outcome.split("\n")[0]?.slice(0, 100)}; lost: ${lost.join(", ") || "nothing"}`,
		);
	console.log(`  a table of one ref: ${alone.deleted} data files expired`);
}

function verify(guarded: Report, unguarded: Report): void {
	for (const { action, ref, outcome, lost } of guarded.steps) {
		const expected = action === "rewrite" ? "done" : "GC is disabled";
		assert.equal(outcome, expected, `${action} on ${ref}`);
		assert.deepEqual(lost, [], `${action} on ${ref}`);
	}
	assert.ok(guarded.alone.deleted > 0, "expiry works where nobody shares");
	assert.deepEqual(guarded.alone.rows, [[2]]);
	const lost = unguarded.steps.flatMap((step) => step.lost);
	assert.ok(
		lost.length > 0,
		"the control must lose files, or nothing is proved",
	);
	console.log("no file that another ref needs was deleted");
}

async function runtimeJar(): Promise<string> {
	const folder = join(ROOT, ".cache/spark-jars");
	const jar = join(folder, `${RUNTIME}-${VERSION}.jar`);
	if (existsSync(jar)) return jar;
	await run("mvn", [
		...["--batch-mode", "--quiet", "dependency:copy"],
		`-Dartifact=org.apache.iceberg:${RUNTIME}:${VERSION}`,
		`-DoutputDirectory=${folder}`,
	]);
	return jar;
}

async function runSpark(
	python: string,
	jar: string,
	url: string,
	report: string,
): Promise<Report> {
	const env = { PANGOLIN_URI: url, PANGOLIN_SPARK_JAR: jar };
	await run(python, [SCRIPT, report], env);
	return JSON.parse(await readFile(report, "utf8"));
}

async function run(
	command: string,
	args: readonly string[],
	env: Readonly<Record<string, string>> = {},
): Promise<void> {
	const child = spawn(command, args, {
		env: { ...process.env, ...env },
		stdio: ["ignore", "inherit", "inherit"],
	});
	const [code] = await once(child, "close");
	if (code !== 0) throw new Error(`${command} ended with ${code}`);
}

await main();
