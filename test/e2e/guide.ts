import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A fenced block of a guide. */
interface Fence {
	readonly language: string;
	/** Of its first line of code, from 1. */
	readonly line: number;
	readonly code: string;
}

/** One that a reader would run. */
export interface Block extends Fence {
	readonly language: "sh" | "python";
}

/** What the examples printed, and what the guide says that they print. */
export interface GuideRun {
	readonly exitCode: number;
	readonly printed: readonly string[];
	/** Everything, for whoever looks for the reason of a failure. */
	readonly output: string;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

function fencesOf(guide: string): Fence[] {
	return [...guide.matchAll(FENCE)].map(
		({ 1: language = "", 2: code = "", index }) => {
			const line = guide.slice(0, index).split("\n").length + 1;
			return { language, line, code };
		},
	);
}

export function blocksOf(guide: string): Block[] {
	return fencesOf(guide).filter((fence): fence is Block =>
		["sh", "python"].includes(fence.language),
	);
}

/** The code of the only block in a language. */
export function onlyBlock(guide: string, language: string): string {
	const [fence, ...others] = fencesOf(guide).filter(
		(each) => each.language === language,
	);
	assert.ok(fence !== undefined && others.length === 0, `one of ${language}`);
	return fence.code;
}

/** What follows a `print(…)` as a comment is what it prints. */
export function expectedOf(blocks: readonly Block[]): string[] {
	return blocks
		.filter(({ language }) => language === "python")
		.flatMap(({ code }) => [...code.matchAll(/^ *print\(.*\) {2}# (.+)$/gm)])
		.map(([, expected]) => expected ?? "");
}

const MARK = "printed: ";

/** One namespace for all Python blocks, in their order with the shell's. */
const RUNNER = `
import builtins, functools, json, subprocess, sys
scope = {"__name__": "guide", "print": lambda *texts: builtins.print("${MARK}" + " ".join(map(str, texts)), flush=True)}
for block in json.load(open(sys.argv[1])):
    if block["language"] == "sh":
        subprocess.run(["sh", "-ec", block["code"]], check=True)
        builtins.print(flush=True)
    else:
        exec(compile("\\n" * (block["line"] - 1) + block["code"], "guide", "exec"), scope)
`;

/**
 * Runs blocks one after another; a failed request of curl is a failure.
 * @param configuration PyIceberg's, of the user who runs them
 */
export async function runBlocks(
	python: string,
	blocks: readonly Block[],
	configuration?: string,
): Promise<GuideRun> {
	const folder = await mkdtemp(join(tmpdir(), "pangolin-guide-"));
	try {
		const list = join(folder, "blocks.json");
		await writeFile(list, JSON.stringify(blocks));
		await writeFile(join(folder, ".curlrc"), "fail-with-body\nsilent\n");
		if (configuration !== undefined)
			await writeFile(join(folder, ".pyiceberg.yaml"), configuration);
		const child = spawn(python, ["-c", RUNNER, list], {
			cwd: folder,
			env: {
				...process.env,
				CURL_HOME: folder,
				PYICEBERG_HOME: folder,
				PYTHONWARNINGS: "ignore",
			},
			stdio: ["ignore", "pipe", "pipe"],
		});
		let output = "";
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding("utf8").on("data", (text: string) => {
				output += text;
			});
		const [code] = await once(child, "close");
		const printed = output
			.split("\n")
			.filter((line) => line.startsWith(MARK))
			.map((line) => line.slice(MARK.length));
		return { exitCode: typeof code === "number" ? code : 1, printed, output };
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Runs commands in a folder, the data of a server in `data`. @returns what they printed */
export function runCommands(
	folder: string,
	code: string,
	env: Readonly<Record<string, string>> = {},
): string {
	const { status, stdout, stderr } = spawnSync(
		"bash",
		[
			"-euo",
			"pipefail",
			"-c",
			`npx() { shift; "$NODE" "$MAIN" "$@"; }\n${code}`,
		],
		{
			cwd: folder,
			encoding: "utf8",
			env: {
				...process.env,
				NODE: process.execPath,
				MAIN,
				PANGOLIN_DATA_DIR: join(folder, "data"),
				...env,
			},
		},
	);
	assert.equal(status, 0, stderr);
	return stdout;
}
