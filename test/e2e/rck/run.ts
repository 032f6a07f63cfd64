import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "../../support/server.ts";
import { errorLines } from "../serverLog.ts";
import { ALLOWED_FAILURES, LEFT_OUT } from "./exceptions.ts";
import { type KitCase, parseReport, verdict } from "./report.ts";

/*
 * Runs the Iceberg project's own REST Compatibility Kit (its Java client and its
 * catalog tests) against a server of its own. Needs a JDK from 17 on and Maven; the kit
 * comes from Maven Central. Give it a method's name to run only that one:
 * `npm run rck -- createTable`.
 */

const POM = fileURLToPath(new URL("pom.xml", import.meta.url));
/** Tests of our own, compiled against the kit. */
const OWN_TESTS = [
	"MoreCatalogTests.java",
	"JavaClientTests.java",
	"RefsTests.java",
].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const PACKAGE = "org.apache.iceberg.rest";
const SUITES = [
	`${PACKAGE}.RESTCompatibilityKitCatalogTests`,
	`${PACKAGE}.RESTCompatibilityKitViewCatalogTests`,
	`${PACKAGE}.JavaClientTests`,
	`${PACKAGE}.RefsTests`,
];
/** What the kit leaves out and MoreCatalogTests switches on. */
const MORE_METHODS = [
	"testListNestedNamespaces",
	"testDropNamespaceWithNestedNamespace",
	"testNamespaceWithSlash",
	"testTableNameWithSlash",
	"createTableInUniqueLocation",
];
const MIN_CASES = 160;

async function main(only: string | undefined): Promise<number> {
	const folder = await mkdtemp(join(tmpdir(), "pangolin-rck-"));
	const server = await startServer(join(folder, "data"), {
		env: {
			LOG_FORMAT: "json",
			// One of the kit's tests removes a metadata file behind the server's back.
			PANGOLIN_METADATA_CACHE_BYTES: "0",
			// Where the kit puts tables and views whose locations it chooses.
			PANGOLIN_LOCAL_ROOTS: "/tmp",
		},
	});
	try {
		const cases = await runKit(folder, server.url, only);
		await writeFile(join(tmpdir(), "pangolin-rck-server.log"), server.output());
		const errors = errorLines(server.output());
		for (const line of errors) console.log(`logged   ${line}`);
		return report(cases, only) + errors.length === 0 ? 0 : 1;
	} finally {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

async function runKit(
	folder: string,
	url: string,
	only: string | undefined,
): Promise<KitCase[]> {
	const list = join(folder, "classpath");
	await run("mvn", [
		...["--batch-mode", "--quiet", "--file", POM],
		...["dependency:build-classpath", `-Dmdep.outputFile=${list}`],
	]);
	const classPath = (await readFile(list, "utf8")).trim();
	await run("javac", [
		"-nowarn",
		"-XDsuppressNotes",
		"-cp",
		classPath,
		"-d",
		folder,
		...OWN_TESTS,
	]);
	await run(
		"java",
		[
			...["-cp", `${folder}:${classPath}`],
			...kitSettings(url),
			...["org.junit.platform.console.ConsoleLauncher", "execute"],
			...["--disable-banner", "--details=none", "--reports-dir", folder],
			...selection(only),
		],
		folder,
	);
	return parseReport(
		await readFile(join(folder, "TEST-junit-jupiter.xml"), "utf8"),
	);
}

function kitSettings(url: string): string[] {
	return [
		"-Drck.local=false",
		`-Duri=${url}`,
		"-Dwarehouse=default",
		"-Drck.requires-namespace-create=true",
		"-Drck.supports-serverside-retry=true",
		"-Drck.supports-names-with-dot=true",
		"-Drck.supports-variant=true",
		// A server that answers 5xx has failed; asking again only takes minutes.
		"-Drest.client.max-retries=1",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
	];
}

function selection(only: string | undefined): string[] {
	return [
		...SUITES.flatMap((suite) => ["--select-class", suite]),
		...MORE_METHODS.flatMap((method) => [
			"--select-method",
			`${PACKAGE}.MoreCatalogTests#${method}`,
		]),
		...(only === undefined ? [] : ["--include-methodname", `.*#${only}.*`]),
	];
}

/** Failing tests give Java an exit code of 1, which the report tells better. */
async function run(
	command: string,
	args: readonly string[],
	cwd?: string,
): Promise<void> {
	const child = spawn(command, args, {
		...(cwd === undefined ? {} : { cwd }),
		// JUnit prints a tree of all tests; Maven and javac print what went wrong.
		stdio: ["ignore", command === "java" ? "ignore" : "inherit", "inherit"],
	});
	const [code] = await once(child, "close");
	if (code !== 0 && !(command === "java" && code === 1))
		throw new Error(`${command} ended with ${code}`);
}

function report(cases: readonly KitCase[], only: string | undefined): number {
	const { passed, disabled, allowed, failed, unexpectedlyPassed } = verdict(
		cases,
		ALLOWED_FAILURES,
	);
	for (const { name, message } of failed)
		console.log(`FAILED   ${name}\n         ${message}`);
	for (const { name, reason } of allowed)
		console.log(`allowed  ${name}\n         ${reason}`);
	for (const { name } of unexpectedlyPassed)
		console.log(`PASSED   ${name}, although it is listed as failing`);
	for (const { name } of disabled)
		console.log(`left out ${name}\n         ${LEFT_OUT.get(name)}`);
	console.log(
		`${cases.length} tests: ${passed.length} passed, ${failed.length} failed, ${allowed.length} failed as listed, ${disabled.length} left out by the kit`,
	);
	const surprises = failed.length + unexpectedlyPassed.length;
	const unlisted = disabled.filter(({ name }) => !LEFT_OUT.has(name));
	const tooFew = only === undefined && cases.length < MIN_CASES;
	if (tooFew) console.log("The kit has more tests than that.");
	return surprises + unlisted.length === 0 && !tooFew ? 0 : 1;
}

process.exitCode = await main(process.argv[2]);
