import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const READY_WITHIN_MILLIS = 20_000;

export interface ServerProcess {
	readonly url: string;
	readonly port: number;
	readonly pid: number;
	/** What it wrote so far, both streams together. */
	output(): string;
	/** Sends the signal and waits for the end; gives the exit code, or the signal that ended it. */
	end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

export interface ServerProcessOptions {
	readonly dataDir: string;
	/** A free one when it is left out. */
	readonly port?: number | undefined;
	readonly env?: Readonly<Record<string, string>> | undefined;
	/** What runs: `src/main.ts serve` when it is left out. Relative to the repository. */
	readonly command?: readonly string[] | undefined;
}

/**
 * Starts the server as a user would, in a process of its own, and waits until it
 * is ready.
 * @throws Error with its output, when it ends or is not ready in time.
 */
export async function startServerProcess(
	options: ServerProcessOptions,
): Promise<ServerProcess> {
	const port = options.port ?? (await freePort());
	const child = spawn(
		process.execPath,
		[...(options.command ?? [join("src", "main.ts"), "serve"])],
		{
			cwd: ROOT,
			env: {
				...cleanEnvironment(),
				PANGOLIN_NO_AUTH: "1",
				PANGOLIN_DATA_DIR: options.dataDir,
				PORT: String(port),
				...options.env,
			},
			stdio: ["ignore", "pipe", "pipe"],
		},
	);
	const output = collect(child);
	const url = `http://127.0.0.1:${port}`;
	await untilReady(child, url, output);
	return {
		url,
		port,
		pid: child.pid ?? 0,
		output,
		end: (signal) => end(child, signal),
	};
}

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
	const probe = createServer();
	probe.listen(0, "127.0.0.1");
	await once(probe, "listening");
	const address = probe.address();
	probe.close();
	await once(probe, "close");
	if (address === null || typeof address === "string")
		throw new Error("no port");
	return address.port;
}

/** Ours without what would configure the server differently than the test says. */
function cleanEnvironment(): NodeJS.ProcessEnv {
	return Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) =>
				!/^(PANGOLIN_|DATABASE_|LOG_FORMAT$|NODE_TEST_CONTEXT$)/.test(name),
		),
	);
}

function collect(child: ChildProcess): () => string {
	const chunks: string[] = [];
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding("utf8");
		stream?.on("data", (chunk: string) => chunks.push(chunk));
	}
	return () => chunks.join("");
}

async function untilReady(
	child: ChildProcess,
	url: string,
	output: () => string,
): Promise<void> {
	const deadline = performance.now() + READY_WITHIN_MILLIS;
	while (performance.now() < deadline) {
		if (child.exitCode !== null || child.signalCode !== null)
			throw new Error(
				`the server ended with ${child.exitCode ?? child.signalCode}:\n${output()}`,
			);
		if (await isReady(url)) return;
		await delay(20);
	}
	child.kill("SIGKILL");
	throw new Error(
		`the server was not ready within ${READY_WITHIN_MILLIS} ms:\n${output()}`,
	);
}

async function isReady(url: string): Promise<boolean> {
	try {
		const response = await fetch(`${url}/health/ready`);
		await response.arrayBuffer();
		return response.ok;
	} catch {
		return false;
	}
}

async function end(
	child: ChildProcess,
	signal: NodeJS.Signals,
): Promise<number | NodeJS.Signals> {
	if (child.exitCode === null && child.signalCode === null) {
		const ended = once(child, "close");
		child.kill(signal);
		await ended;
	}
	return child.signalCode ?? child.exitCode ?? 0;
}
