import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A server in a process of its own, as a user would start it. */
export interface ServerProcess {
	readonly url: string;
	readonly pid: number;
	/** All that it printed so far. */
	output(): string;
	/** Sends a signal and waits for the end. */
	stop(signal?: NodeJS.Signals): Promise<Exit>;
	/** Resolves when it has ended, for whatever reason. */
	readonly ended: Promise<Exit>;
}

export interface Exit {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
}

export interface CommandOptions {
	readonly env?: Readonly<Record<string, string>>;
	/** What to run; by default the sources on this Node. */
	readonly command?: readonly string[];
	readonly cwd?: string;
	/** It is killed (SIGKILL) when this resolves. */
	readonly killed?: Promise<void>;
}

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const SOURCES = [process.execPath, MAIN];

/**
 * Starts `pangolin serve` without authentication on a free port and resolves
 * when it says that it serves.
 * @throws when it ends before that, with all that it printed
 */
export async function startServer(
	dataDir: string,
	options: CommandOptions & { readonly args?: readonly string[] } = {},
): Promise<ServerProcess> {
	const server = start(["serve", ...(options.args ?? [])], {
		...options,
		env: {
			PORT: "0",
			PANGOLIN_NO_AUTH: "1",
			PANGOLIN_DATA_DIR: dataDir,
			LOG_FORMAT: "pretty",
			...options.env,
		},
	});
	const url = await Promise.race([
		server.printed(/serves at (http:\/\/[^\s;]+)/),
		server.ended,
	]);
	if (typeof url !== "string") {
		throw new Error(
			`the server ended with ${url.code ?? url.signal}:\n${server.output()}`,
		);
	}
	const { child, ended, output } = server;
	return {
		url,
		pid: child.pid ?? 0,
		output,
		ended,
		stop: async (signal = "SIGTERM") => {
			child.kill(signal);
			return await ended;
		},
	};
}

/** Runs a command of `pangolin` to its end. */
export async function runPangolin(
	args: readonly string[],
	options: CommandOptions = {},
): Promise<Exit & { readonly output: string }> {
	const command = start(args, options);
	const exit = await command.ended;
	return { ...exit, output: command.output() };
}

interface Running {
	readonly child: ChildProcess;
	readonly ended: Promise<Exit>;
	output(): string;
	/** The first group of the first match in the output. */
	printed(pattern: RegExp): Promise<string>;
}

function start(args: readonly string[], options: CommandOptions): Running {
	const [command = "", ...before] = options.command ?? SOURCES;
	const child = spawn(command, [...before, ...args], {
		env: { ...plainEnvironment(), ...options.env },
		stdio: ["ignore", "pipe", "pipe"],
		...(options.cwd === undefined ? {} : { cwd: options.cwd }),
	});
	running.set(child, Object.values(options.env ?? {}));
	child.once("close", () => running.delete(child));
	killAtExit(child);
	options.killed?.then(() => child.kill("SIGKILL"));
	const found = Promise.withResolvers<string>();
	let text = "";
	let wanted: RegExp | undefined;
	const look = () => {
		const match = wanted?.exec(text)?.[1];
		if (match !== undefined) found.resolve(match);
	};
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (part: string) => {
			text += part;
			look();
		});
	}
	return {
		child,
		// "close" comes after the last output, "exit" may come before it.
		ended: once(child, "close").then(([code, signal]) => ({ code, signal })),
		output: () => text,
		printed: (pattern) => {
			wanted = pattern;
			look();
			return found.promise;
		},
	};
}

/** What runs, and what it was told by its environment. */
const running = new Map<ChildProcess, readonly string[]>();

/** Ends what was started with something in a folder, and waits until it writes no more. */
export async function endProcessesIn(folder: string): Promise<void> {
	const there = [...running]
		.filter(([, settings]) => settings.some((text) => text.includes(folder)))
		.map(([child]) => child);
	await Promise.all(
		there.map((child) => {
			const closed = once(child, "close");
			child.kill("SIGKILL");
			return closed;
		}),
	);
}

/** A test that fails halfway must leave no server behind. */
function killAtExit(child: ChildProcess): void {
	const kill = () => child.kill("SIGKILL");
	process.once("exit", kill);
	child.once("exit", () => process.removeListener("exit", kill));
}

/** Without what would configure the server or make a test of tests out of it. */
function plainEnvironment(): NodeJS.ProcessEnv {
	const entries = Object.entries(process.env).filter(
		([name]) =>
			!/^(PANGOLIN_|DATABASE_|PORT$|LOG_FORMAT$|NODE_TEST)/.test(name),
	);
	return Object.fromEntries(entries);
}
