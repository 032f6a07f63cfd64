import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../../.venv", import.meta.url));
const REQUIREMENTS = fileURLToPath(
	new URL("requirements.txt", import.meta.url),
);

/**
 * The Python with the clients that the end-to-end tests use, installed from
 * PyPI on first use and again when requirements.txt changes.
 * @returns the path of the interpreter
 */
export async function pythonEnvironment(): Promise<string> {
	const python = join(FOLDER, "bin", "python");
	const marker = join(FOLDER, "requirements.sha256");
	const wanted = createHash("sha256")
		.update(await readFile(REQUIREMENTS))
		.digest("hex");
	if (existsSync(marker) && (await readFile(marker, "utf8")) === wanted)
		return python;
	await rm(FOLDER, { recursive: true, force: true });
	await run("python3", ["-m", "venv", FOLDER]);
	await run(python, [
		"-m",
		"pip",
		"install",
		"--quiet",
		"--disable-pip-version-check",
		"--requirement",
		REQUIREMENTS,
	]);
	await writeFile(marker, wanted);
	return python;
}
