import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exchange, openConnection, requestText } from "./load/connection.ts";

/** Server and bare programs run on the first core, the load generator on the second. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const CLOCK_TICKS_PER_SECOND = 100;

/** A process whose CPU time and memory can be read from outside (Linux). */
export interface Watched {
	readonly pid: number;
	/** User and system time of all its threads so far. */
	cpuMicros(): number;
	rssBytes(): number;
}

function watched(child: ChildProcess): Watched {
	const { pid } = child;
	if (pid === undefined) throw new Error("the process did not start");
	return {
		pid,
		cpuMicros() {
			const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
			const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
			const ticks = Number(fields[11]) + Number(fields[12]);
			return (ticks * 1_000_000) / CLOCK_TICKS_PER_SECOND;
		},
		rssBytes() {
			const status = readFileSync(`/proc/${pid}/status`, "latin1");
			return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
		},
	};
}

/**
 * Prefixes a command so that it stays on one core, where there is more than one.
 * @param core undefined: any
 */
function pinned(
	core: number | undefined,
	command: readonly string[],
): readonly string[] {
	return core !== undefined && availableParallelism() > 1
		? ["taskset", "-c", String(core), ...command]
		: command;
}

/** A helper process of the bench that answers messages one at a time. */
export interface Helper extends Watched {
	ask<Answer>(message: unknown): Promise<Answer>;
	stop(): Promise<void>;
}

export function startHelper(
	file: string,
	core: number | undefined,
	runtime: string = process.execPath,
): Helper {
	const path = fileURLToPath(new URL(file, import.meta.url));
	const [command = "", ...args] = pinned(core, [runtime, path]);
	const child = spawn(command, args, {
		stdio: ["ignore", "inherit", "inherit", "ipc"],
	});
	const ask = <Answer>(message: unknown): Promise<Answer> =>
		new Promise((resolve, reject) => {
			const gone = (code: number | null) =>
				reject(new Error(`${file} ended with ${code}`));
			child.once("exit", gone);
			child.once("message", (answer: Answer & { error?: string }) => {
				child.off("exit", gone);
				if (answer.error === undefined) resolve(answer);
				else reject(new Error(`${file}: ${answer.error}`));
			});
			if (message !== undefined) child.send(message as object);
		});
	return { ...watched(child), ask, stop: () => stopChild(child, "SIGTERM") };
}

async function stopChild(
	child: ChildProcess,
	signal: NodeJS.Signals,
): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, "exit");
	child.kill(signal);
	await ended;
}

export interface Server extends Watched {
	readonly port: number;
	readonly dataDir: string;
	readonly millisecondsToReady: number;
	stop(): Promise<void>;
}

export interface ServerOptions {
	/** What runs the server: runtime and script, e.g. `["/usr/bin/node", "bin/pangolin.cjs"]`. */
	readonly command: readonly string[];
	readonly dataDir: string;
	readonly env?: Readonly<Record<string, string>>;
	/** On any core instead of the first one. */
	readonly free?: boolean;
}

/** Starts `pangolin serve` on a free port and waits until it answers that it is ready. */
export async function startServer(options: ServerOptions): Promise<Server> {
	mkdirSync(options.dataDir, { recursive: true });
	const whole = [...options.command, "serve"];
	const core = options.free ? undefined : SERVER_CORE;
	const [command = "", ...args] = pinned(core, whole);
	const start = performance.now();
	const child = spawn(command, args, {
		stdio: ["ignore", "pipe", "pipe"],
		env: {
			...process.env,
			PORT: "0",
			PANGOLIN_NO_AUTH: "1",
			PANGOLIN_DATA_DIR: options.dataDir,
			...options.env,
		},
	});
	const port = await portOf(child);
	await expectReady(port);
	return {
		...watched(child),
		port,
		dataDir: options.dataDir,
		millisecondsToReady: performance.now() - start,
		stop: () => stopChild(child, "SIGTERM"),
	};
}

/** The port, from the line that says that the server serves. */
function portOf(child: ChildProcess): Promise<number> {
	return new Promise((resolve, reject) => {
		let output = "";
		const look = (chunk: Buffer) => {
			output = (output + chunk).slice(-4000);
			const port = /serves at http:\/\/[^\s;"]*:(\d+)/.exec(output)?.[1];
			if (port !== undefined) resolve(Number(port));
		};
		child.stdout?.on("data", look);
		child.stderr?.on("data", look);
		child.once("close", (code) =>
			reject(new Error(`the server ended with ${code}:\n${output}`)),
		);
	});
}

async function expectReady(port: number): Promise<void> {
	const connection = await openConnection(port);
	const reply = await exchange(connection, requestText("GET", "/health/ready"));
	connection.close();
	if (reply.status !== 200) throw new Error(`not ready: ${reply.status}`);
}

/** Bun from a throw-away installation in the cache folder; undefined where it cannot be had. */
export function bunBinary(cacheFolder: string): string | undefined {
	const path = join(cacheFolder, "node_modules/@oven/bun-linux-x64/bin/bun");
	return existsSync(path) ? path : undefined;
}
