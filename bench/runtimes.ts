import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bunBinary } from "./processes.ts";

const BUN_VERSION = "1.4.5";

/** What starts the server: the sources or the compiled package, on Node or on Bun. */
export function runtimeCommand(choice: {
	readonly runtime: string;
	readonly compiled: boolean;
}): readonly string[] {
	const script = choice.compiled ? "../dist/main.js" : "../src/main.ts";
	const path = fileURLToPath(new URL(script, import.meta.url));
	if (!existsSync(path)) {
		throw new Error(`${path} does not exist: run \`npm run build\` first`);
	}
	if (choice.runtime === "node") return [process.execPath, path];
	if (choice.runtime === "bun") return [installedBun(), path];
	throw new Error(`no such runtime: ${choice.runtime}`);
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
