import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PythonEnvironment, preparePython } from "../support/python.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Scripts of one folder and the environment that they run in. */
export interface Suite {
	/** With the scripts, absolute. */
	readonly scripts: string;
	/** Absent: the one of the PyIceberg scripts. */
	readonly environment?: PythonEnvironment;
}

const PYICEBERG: Suite = {
	scripts: fileURLToPath(new URL("python", import.meta.url)),
};

export interface PytestResult {
	readonly exitCode: number;
	readonly tests: number;
	readonly failed: number;
	readonly skipped: number;
	/** What pytest printed. */
	readonly output: string;
}

/**
 * Runs scripts against a server.
 * @param args names of scripts and options of pytest; without names all `test_*.py`
 */
export async function runPytest(
	serverUrl: string,
	args: readonly string[] = [],
	env: Readonly<Record<string, string>> = {},
	{ scripts, environment }: Suite = PYICEBERG,
): Promise<PytestResult> {
	const folder = await mkdtemp(join(tmpdir(), "pangolin-pytest-"));
	try {
		const report = join(folder, "report.xml");
		const { exitCode, output } = await run(
			await preparePython(ROOT, environment),
			[
				...["-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"],
				...["--junit-xml", report, "--basetemp", join(folder, "tmp"), ...args],
			],
			scripts,
			{ PANGOLIN_URI: serverUrl, ...env },
		);
		return { exitCode, output, ...counts(await readFile(report, "utf8")) };
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function run(
	python: string,
	args: readonly string[],
	cwd: string,
	env: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; output: string }> {
	const child = spawn(python, args, {
		cwd,
		env: {
			...process.env,
			PYTHONDONTWRITEBYTECODE: "1",
			PYTHONWARNINGS: "ignore",
			...env,
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	const chunks: Buffer[] = [];
	child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
	child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
	const [code] = await once(child, "close");
	return {
		exitCode: typeof code === "number" ? code : 1,
		output: Buffer.concat(chunks).toString("utf8"),
	};
}

function counts(
	report: string,
): Pick<PytestResult, "tests" | "failed" | "skipped"> {
	const suite = /<testsuite [^>]*>/.exec(report)?.[0] ?? "";
	const count = (name: string) =>
		Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1]);
	return {
		tests: count("tests"),
		failed: count("failures") + count("errors"),
		skipped: count("skipped"),
	};
}
