import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError } from "../config/readConfig.ts";
import { PangolinError } from "../model/errors.ts";
import { parseArguments } from "./arguments.ts";
import { UsageError } from "./command.ts";
import { allCommands, commandNamed } from "./commands.ts";
import { failureOf } from "./failures.ts";
import { commandHelp } from "./help.ts";
import { showStages } from "./progress.ts";
import { runCommandLine } from "./run.ts";

function recorder(isTTY = false) {
	const parts: string[] = [];
	return {
		isTTY,
		write: (text: string) => parts.push(text),
		text: () => parts.join(""),
	};
}

async function run(...argv: string[]) {
	const out = recorder();
	const err = recorder();
	const exitCode = await runCommandLine(argv, { out, err });
	return { exitCode, out: out.text(), err: err.text() };
}

describe("the command line", () => {
	it("explains itself", async () => {
		for (const argv of [["help"], ["--help"], ["-h"]]) {
			const { exitCode, out } = await run(...argv);
			assert.equal(exitCode, 0);
			for (const { name } of allCommands())
				assert.ok(out.includes(`  ${name} `), name);
		}
		assert.equal((await run()).exitCode, 2);
	});

	it("explains each command, in lines that a terminal holds", async () => {
		for (const command of allCommands()) {
			const text = commandHelp(command);
			assert.equal((await run("help", command.name)).out, text);
			assert.equal((await run(command.name, "--help")).out, text);
			const long = text.split("\n").filter((line) => line.length > 100);
			assert.deepEqual(long, [], command.name);
		}
	});

	it("prints the version", async () => {
		const { exitCode, out } = await run("--version");
		assert.equal(exitCode, 0);
		assert.match(
			out,
			/^pangolin \d+\.\d+\.\d+ \(node \d+\.\d+\.\d+, sqlite \d+\.\d+\.\d+\)\n$/,
		);
	});

	it("refuses what it does not know, with 2 and one line", async () => {
		for (const argv of [
			["sevre"],
			["serve", "--prot", "1"],
			["serve", "extra"],
			["serve", "--port"],
			["serve", "--database-url", "postgres://u:p@h/db"],
			["backup", "--to"],
			["version", "--port", "1"],
		]) {
			const { exitCode, err, out } = await run(...argv);
			assert.equal(exitCode, 2, argv.join(" "));
			assert.equal(out, "");
			assert.match(err, /^pangolin: [^\n]+\n$/);
		}
	});
});

describe("parseArguments", () => {
	const parse = (...argv: string[]) =>
		parseArguments(commandNamed("serve"), argv);

	it("takes flags of the configuration", () => {
		const { configFlags } = parse(
			"--port=1",
			"--bind-address",
			"::1",
			"--no-auth",
		);
		assert.deepEqual(
			[...configFlags],
			[
				["port", "1"],
				["bindAddress", "::1"],
				["noAuth", "true"],
			],
		);
	});

	it("has no flag for a secret: command lines are public", () => {
		assert.throws(() => parse("--database-url", "memory:"), UsageError);
	});
});

describe("failureOf", () => {
	const textOf = (error: unknown) => failureOf(error).text;

	it("gives every mistake of a configuration its line, and 2", () => {
		const failure = failureOf(new ConfigError(["a", "b"]));
		assert.deepEqual(failure, {
			text: "pangolin: a\npangolin: b\n",
			exitCode: 2,
		});
	});

	it("says what the system says, in one line", () => {
		const inUse = Object.assign(new Error("listen EADDRINUSE"), {
			code: "EADDRINUSE",
			address: "127.0.0.1",
			port: 80,
		});
		assert.match(
			textOf(inUse),
			/^pangolin: 127\.0\.0\.1:80 is in use[^\n]*\n$/,
		);
		const readOnly = Object.assign(new Error("EROFS"), {
			code: "EROFS",
			path: "/x",
		});
		assert.match(textOf(readOnly), /^pangolin: \/x: [^\n]*read-only\n$/);
		assert.equal(
			textOf(new PangolinError("unavailable", "one\n  line")),
			"pangolin: one line\n",
		);
	});

	it("shows where a bug is", () => {
		assert.match(
			textOf(new TypeError("x is undefined")),
			/this is a bug\n.*\n\s+at /,
		);
	});
});

describe("showStages", () => {
	it("draws a bar on a terminal, only when it changes, and ends its line", () => {
		const output = recorder(true);
		const progress = showStages(output);
		for (const done of [0, 1, 1, 500, 1000])
			progress.update("copying", done, 1000);
		progress.end();
		assert.equal(output.text().split("\r").length - 1, 3);
		assert.match(output.text(), /\[#{30}\] 100 %\n$/);
	});

	it("prints a line at every tenth elsewhere", () => {
		const output = recorder();
		const progress = showStages(output);
		for (let done = 0; done <= 1000; done++)
			progress.update("copying", done, 1000);
		progress.end();
		assert.equal(output.text().split("\n").length - 1, 11);
		assert.ok(!output.text().includes("\r"));
	});

	it("ends a stage's line where the next one begins", () => {
		const output = recorder(true);
		const progress = showStages(output);
		for (const stage of ["checking", "rows"]) progress.update(stage, 1, 1);
		progress.end();
		assert.match(output.text(), /^\rchecking .* 100 %\n\rrows .* 100 %\n$/);
	});

	it("has an end where there is nothing to do", () => {
		const output = recorder();
		showStages(output).update("copying", 0, 0);
		assert.equal(output.text(), "copying: 100 %\n");
	});
});
