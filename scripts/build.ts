/** Bundles the published package into dist/. `npm run build`. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Threads are files of their own, beside the chunk that starts them. */
const workers = globSync("src/**/*{Worker,Thread}.ts", { cwd: root });

rmSync(join(root, "dist"), { recursive: true, force: true });
await build({
	absWorkingDir: root,
	entryPoints: ["src/main.ts", "src/index.ts", ...workers],
	outdir: "dist",
	entryNames: "[name]",
	bundle: true,
	splitting: true,
	format: "esm",
	platform: "node",
	target: "node26",
	minifySyntax: true,
	minifyWhitespace: true,
	sourcemap: false,
	external: Object.keys(manifest.dependencies),
	logLevel: "warning",
});
emitDeclarations();

function emitDeclarations(): void {
	const { status } = spawnSync(
		process.execPath,
		[
			join(root, "node_modules/typescript/bin/tsc"),
			"--project",
			"scripts/declarations.json",
		],
		{ cwd: root, stdio: "inherit" },
	);
	if (status !== 0) throw new Error(`tsc ended with ${status}`);
}

const files = globSync("dist/*.js", { cwd: root });
const bytes = files.reduce(
	(sum, file) => sum + statSync(join(root, file)).size,
	0,
);
if (!existsSync(join(root, "dist/types/index.d.ts")))
	throw new Error("no declarations");
process.stdout.write(
	`dist: ${files.length} files, ${Math.round(bytes / 1024)} KiB\n`,
);
