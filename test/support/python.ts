import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A Python environment: where it is made and what belongs into it. */
export interface PythonEnvironment {
	/** Of its folder in `.cache`. */
	readonly name: string;
	/** Of the folder with its `requirements.txt`, below the root. */
	readonly folder: string;
}

const CLIENTS: PythonEnvironment = { name: "python", folder: "test/e2e" };

/**
 * A Python environment, by default the one with the clients that the end-to-end
 * tests use; made again when the requirements change. Resolves to its interpreter.
 * @throws when there is no Python 3.10 or newer, or a package cannot be installed
 */
export async function preparePython(
	root: string,
	environment: PythonEnvironment = CLIENTS,
): Promise<string> {
	const requirements = join(root, environment.folder, "requirements.txt");
	const folder = join(root, ".cache", environment.name);
	const python = join(folder, "bin/python");
	const mark = join(folder, "requirements.sha256");
	const wanted = createHash("sha256")
		.update(readFileSync(requirements))
		.digest("hex");
	if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return python;
	rmSync(folder, { recursive: true, force: true });
	process.stdout.write(
		`installing ${environment.folder}/requirements.txt into .cache/${environment.name}\n`,
	);
	must("python3", ["-m", "venv", folder]);
	must(python, [
		"-m",
		"pip",
		"install",
		"--quiet",
		"--disable-pip-version-check",
		"-r",
		requirements,
	]);
	writeFileSync(mark, wanted);
	return python;
}

function must(command: string, args: readonly string[]): void {
	const { status, error } = spawnSync(command, args, { stdio: "inherit" });
	if (error !== undefined) throw error;
	if (status !== 0)
		throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}
