import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { nodeForEngine } from "./libraries.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** MongoDB's engine in a process of its own, which ends with this one. */
export interface MongoServer {
	readonly socketPath: string;
	/** As a crash. The folder of the data stays. */
	kill(): Promise<void>;
	/** Ends it in order; its folder goes. */
	stop(): Promise<void>;
}

/**
 * @param folder of the data; a new one by default, in memory where that has room
 * @throws when the engine does not start
 */
export async function startMongo(
	folder: string = mongoFolder(),
): Promise<MongoServer> {
	const [command, ...args] = nodeForEngine(ROOT);
	const engine = fileURLToPath(new URL("engine.ts", import.meta.url));
	const child = spawn(command, [...args, engine, folder], {
		cwd: ROOT,
		stdio: ["pipe", "pipe", "inherit"],
	});
	const closed = once(child, "close");
	const lines = createInterface({ input: child.stdout });
	const first = await Promise.race([once(lines, "line"), closed]);
	const [socketPath] = first;
	if (typeof socketPath !== "string")
		throw new Error(`MongoDB's engine ended with ${socketPath} at its start`);
	// It must not keep the tests' process from its end; it sees that by its input.
	for (const part of [child, child.stdin, child.stdout])
		(part as unknown as { unref(): void }).unref();
	return {
		socketPath,
		async kill() {
			child.ref();
			child.kill("SIGKILL");
			await closed;
			rmSync(dirname(socketPath), { recursive: true });
		},
		async stop() {
			child.ref();
			child.stdin.end();
			await closed;
		},
	};
}

/** A new folder for an engine's data. */
export function mongoFolder(): string {
	return mkdtempSync(join(quickFolder(), "pangolin-mongo-"));
}

const MEMORY = "/dev/shm";
const ROOM_BYTES = 2 ** 31;

/** Where a sync costs nothing: a crash of the engine loses nothing there, and tests cause no other. */
function quickFolder(): string {
	if (!existsSync(MEMORY)) return tmpdir();
	const { bavail, bsize } = statfsSync(MEMORY);
	return bavail * bsize > ROOM_BYTES ? MEMORY : tmpdir();
}

let shared: Promise<MongoServer> | undefined;

/** The engine that this process's tests share: started by the first one, it ends with the process. */
export function sharedMongo(): Promise<MongoServer> {
	shared ??= startMongo();
	return shared;
}

/** `mongodb://` of a socket, with a database that nothing else uses. */
export function urlOf(
	socketPath: string,
	database = `test-${randomUUID()}`,
): string {
	return `mongodb://${encodeURIComponent(socketPath)}/${database}?directConnection=true`;
}

/** The URL of a new database on the shared engine. */
export async function freshMongoUrl(): Promise<string> {
	return urlOf((await sharedMongo()).socketPath);
}
