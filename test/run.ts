/**
 * `npm test`: everything that must hold, stage after stage, then a summary. A
 * stage that runs no test or skips one has failed. `npm test -- unit http` runs
 * only the stages named.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { preparePython } from "./support/python.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

interface Stage {
	readonly name: string;
	run(): Promise<Result>;
}

/** `tests`: how many ran, where the stage counts them. */
interface Result {
	readonly problem?: string | undefined;
	readonly tests?: number | undefined;
}

const STAGES: readonly Stage[] = [
	{ name: "types", run: () => command("tsc", ["--noEmit"]) },
	{
		name: "lint",
		run: () => command("biome", ["check", "--error-on-warnings", "."]),
	},
	{ name: "unit", run: () => nodeTests(["src/**/*.test.ts"], "none") },
	{ name: "tree", run: () => nodeTests(["test/*.test.ts"], "process") },
	{ name: "http", run: () => nodeTests(["test/http/**/*.test.ts"], "none") },
	{
		name: "faults",
		run: () => nodeTests(["test/faults/**/*.test.ts"], "process"),
	},
	{ name: "e2e", run: endToEnd },
];

async function endToEnd(): Promise<Result> {
	// Before the tests, so that its progress is seen; they ask for it again.
	await preparePython(ROOT);
	return await nodeTests(["test/e2e/**/*.test.ts"], "process");
}

/**
 * Node's test runner, its output passed on. Files that start processes get one
 * of their own each (`process`); the others share one, which is far quicker.
 */
async function nodeTests(
	patterns: readonly string[],
	isolation: "none" | "process",
): Promise<Result> {
	const files = patterns
		.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
		.sort();
	if (files.length === 0)
		return { problem: `no file matches ${patterns.join(", ")}` };
	const flags = [`--test-isolation=${isolation}`, "--test-reporter=spec"];
	// Processes beside one another would only take turns on few cores, and share ports and disks.
	// A failed test may leave a server; it must not keep the run from its end.
	if (isolation === "process")
		flags.push("--test-concurrency=1", "--test-force-exit");
	const { code, output } = await run(process.execPath, [
		"--test",
		...flags,
		...files,
	]);
	const tests = countOf(output, "tests");
	if (code !== 0) return { problem: `ended with ${code}`, tests };
	if (tests === 0) return { problem: "no test ran", tests };
	const idle =
		countOf(output, "skipped") +
		countOf(output, "todo") +
		countOf(output, "cancelled");
	return {
		problem: idle === 0 ? undefined : `${idle} tests did not run`,
		tests,
	};
}

/** A number of the runner's closing lines: `ℹ skipped 0`. */
function countOf(output: string, what: string): number {
	const lines = output.matchAll(new RegExp(`^\\S+ ${what} (\\d+)$`, "gm"));
	const last = [...lines].at(-1)?.[1];
	if (last === undefined)
		throw new Error(`the runner did not say how many tests were ${what}`);
	return Number(last);
}

async function command(name: string, args: readonly string[]): Promise<Result> {
	const { code } = await run(`${ROOT}node_modules/.bin/${name}`, args);
	return { problem: code === 0 ? undefined : `ended with ${code}` };
}

async function run(
	program: string,
	args: readonly string[],
): Promise<{ code: number | null; output: string }> {
	const child = spawn(program, args, {
		cwd: ROOT,
		env: { ...process.env, NO_COLOR: "1" },
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	child.stdout.setEncoding("utf8").on("data", (part: string) => {
		process.stdout.write(part);
		// The closing lines are what is read; a long run must not fill the memory.
		output = (output + part).slice(-100_000);
	});
	const [code] = await once(child, "close");
	return { code, output };
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter(
	(name) => !STAGES.some((stage) => stage.name === name),
);
if (unknown.length > 0) {
	throw new Error(
		`there is no stage ${unknown.join(", ")}; the stages are ${STAGES.map(({ name }) => name).join(", ")}`,
	);
}
const stages = STAGES.filter(
	({ name }) => wanted.length === 0 || wanted.includes(name),
);
const summary: string[] = [];
let failed = false;
for (const stage of stages) {
	process.stdout.write(`\n=== ${stage.name}\n`);
	const start = performance.now();
	const { problem, tests } = await stage.run();
	failed ||= problem !== undefined;
	const seconds = Math.round((performance.now() - start) / 1000);
	const counted = tests === undefined ? "" : `, ${tests} tests`;
	summary.push(
		`${problem === undefined ? "passed" : "FAILED"}  ${stage.name} (${seconds} s${counted})${problem === undefined ? "" : `: ${problem}`}`,
	);
}
process.stdout.write(`\n=== summary\n${summary.join("\n")}\n`);
process.exitCode = failed ? 1 : 0;
