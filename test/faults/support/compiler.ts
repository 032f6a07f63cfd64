import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../../.cache/zig", import.meta.url));
const ZIG = "ziglang==0.17.1";

/**
 * A command that compiles C: the machine's own, or else Zig's from the Python
 * package index, installed into `.cache/zig` once.
 * @throws Error where neither can be had
 */
export function cCompiler(): readonly [string, ...string[]] {
	for (const name of [process.env.CC, "cc", "gcc", "clang"]) {
		if (name === undefined) continue;
		if (spawnSync(name, ["--version"]).status === 0) return [name];
	}
	const python = join(CACHE, "bin/python");
	if (!existsSync(join(CACHE, "installed"))) {
		run("python3", ["-m", "venv", CACHE]);
		run(python, ["-m", "pip", "install", "--quiet", ZIG]);
		run("touch", [join(CACHE, "installed")]);
	}
	return [python, "-m", "ziglang", "cc"];
}

function run(command: string, args: readonly string[]): void {
	const { status } = spawnSync(command, args, { stdio: "inherit" });
	if (status !== 0) {
		throw new Error(
			`fault tests need a C compiler or Python to install one: ${command} ${args.join(" ")} ended with ${status}`,
		);
	}
}
