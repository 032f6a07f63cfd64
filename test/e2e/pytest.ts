import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preparePython } from "../support/python.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCRIPTS = fileURLToPath(new URL("python", import.meta.url));

export interface PytestResult {
	readonly exitCode: number;
	readonly tests: number;
	readonly failed: number;
	readonly skipped: number;
	/** What pytest printed. */
	readonly output: string;
}

/**
 * Runs PyIceberg scripts against a server.
 * @param files names below test/e2e/python; all `test_*.py` when empty
 */
export async function runPytest(
	serverUrl: string,
	files: readonly string[] = [],
	env: Readonly<Record<string, string>> = {},
): Promise<PytestResult> {
	const folder = await mkdtemp(join(tmpdir(), "pangolin-pytest-"));
	try {
		const report = join(folder, "report.xml");
		const { exitCode, output } = await run(
			await preparePython(ROOT),
			[
				...["-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"],
				...["--junit-xml", report, "--basetemp", join(folder, "tmp"), ...files],
			],
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
	env: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; output: string }> {
	const child = spawn(python, args, {
		cwd: SCRIPTS,
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
