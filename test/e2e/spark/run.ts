import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "../../support/server.ts";
import { type PytestResult, runPytest } from "../pytest.ts";
import { errorLines } from "../serverLog.ts";
import { startUnguarded } from "./unguarded.ts";

/*
 * Runs Spark's own maintenance on tables that branches and tags share, and Spark's
 * other ways to a branch, against a server of its own. Needs a JDK from 17 on and
 * Maven; Spark comes from PyPI, Iceberg's runtime for it from Maven Central. Give
 * it a test's name to run only that one: `npm run spark -- expire`.
 */

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const POM = join(FOLDER, "pom.xml");
/** So many tests there are at least; fewer means that they were not found. */
const MIN_TESTS = 37;

async function main(only: string | undefined): Promise<number> {
	const folder = await mkdtemp(join(tmpdir(), "pangolin-spark-"));
	const jar = await runtimeJar(folder);
	const server = await startServer(join(folder, "data"), {
		env: { LOG_FORMAT: "json" },
	});
	const unguarded = await startUnguarded(server.url);
	try {
		const result = await runPytest(
			server.url,
			only === undefined ? ["-v"] : ["-v", "-k", only],
			{
				PANGOLIN_UNGUARDED_URI: unguarded.url,
				ICEBERG_JAR: jar,
				SPARK_FOLDER: folder,
			},
			{
				scripts: FOLDER,
				environment: { name: "spark", folder: "test/e2e/spark" },
			},
		);
		await writeFile(
			join(tmpdir(), "pangolin-spark-server.log"),
			server.output(),
		);
		return report(result, errorLines(server.output()), only);
	} finally {
		unguarded.close();
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

/** @throws when Maven cannot be run or does not find the jar */
async function runtimeJar(folder: string): Promise<string> {
	const list = join(folder, "classpath");
	const child = spawn(
		"mvn",
		[
			...["--batch-mode", "--quiet", "--file", POM],
			...["dependency:build-classpath", `-Dmdep.outputFile=${list}`],
		],
		{ stdio: ["ignore", "inherit", "inherit"] },
	);
	const [code] = await once(child, "close");
	if (code !== 0) throw new Error(`mvn ended with ${code}`);
	return (await readFile(list, "utf8")).trim();
}

function report(
	{ output, tests, failed, skipped, exitCode }: PytestResult,
	errors: readonly string[],
	only: string | undefined,
): number {
	process.stdout.write(output);
	for (const line of errors) console.log(`logged   ${line}`);
	console.log(
		`${tests} tests: ${tests - failed - skipped} passed, ${failed} failed, ${skipped} skipped, ${errors.length} errors in the server's log`,
	);
	const tooFew = only === undefined && tests < MIN_TESTS;
	if (tooFew) console.log("There are more tests than that.");
	const isGood = exitCode === 0 && failed + skipped + errors.length === 0;
	return isGood && !tooFew ? 0 : 1;
}

process.exitCode = await main(process.argv[2]);
