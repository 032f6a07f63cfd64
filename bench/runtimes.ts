import { execFileSync } from "node:child_process";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bunBinary } from "./processes.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LAUNCHER = "bin/pangolin.cjs";
const BUN_VERSION = "1.4.5";

/**
 * What starts the server: the launcher in front of the sources or of the
 * compiled package, as a user has it; Bun needs no launcher.
 * @param folder where the compiled package can be laid out
 */
export function runtimeCommand(choice: {
	readonly runtime: string;
	readonly compiled: boolean;
	readonly folder: string;
}): readonly string[] {
	const main = join(ROOT, choice.compiled ? "dist/main.js" : "src/main.ts");
	if (!existsSync(main)) {
		throw new Error(`${main} does not exist: run \`npm run build\` first`);
	}
	if (choice.runtime === "bun") return [installedBun(), main];
	if (choice.runtime !== "node")
		throw new Error(`no such runtime: ${choice.runtime}`);
	const root = choice.compiled ? laidOut(choice.folder) : ROOT;
	return [process.execPath, join(root, LAUNCHER)];
}

/** Without sources beside it the launcher takes the compiled package. */
function laidOut(folder: string): string {
	mkdirSync(join(folder, "bin"), { recursive: true });
	copyFileSync(join(ROOT, LAUNCHER), join(folder, LAUNCHER));
	symlinkSync(join(ROOT, "dist"), join(folder, "dist"));
	return folder;
}

/** A throw-away installation beside other caches; the project does not depend on it. */
function installedBun(): string {
	const folder = join(homedir(), ".cache", "pangolin-bench-bun");
	const present = bunBinary(folder);
	if (present !== undefined) return present;
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, "package.json"), '{"private": true}\n');
	execFileSync(
		"npm",
		["install", "--ignore-scripts", "--save-exact", `bun@${BUN_VERSION}`],
		{ cwd: folder, stdio: "inherit" },
	);
	const installed = bunBinary(folder);
	if (installed === undefined) throw new Error("Bun could not be installed");
	return installed;
}
