import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "../../support/folders.ts";
import { type ServerProcess, startServer } from "../../support/server.ts";
import { openClient, type Send } from "./client.ts";
import { type FaultControl, newFaultControl, shimLibrary } from "./shim.ts";

/** A server whose system calls on its data folder can be made to fail. */
export interface FaultyServer {
	readonly dataDir: string;
	readonly faults: FaultControl;
	/** Of a process that the faults reach. */
	readonly env: Readonly<Record<string, string>>;
	/** The running process; another one after `restart`. */
	process(): ServerProcess;
	send: Send;
	/** Waits for the end of the process (kills it unless it ended by itself) and starts it again, without faults. */
	restart(): Promise<void>;
	/** @returns how it ended */
	stop(): Promise<{ readonly code: number | null }>;
}

export async function startFaultyServer(
	test: TestContext,
	env: Readonly<Record<string, string>> = {},
): Promise<FaultyServer> {
	const folder = temporaryFolder(test);
	const dataDir = join(folder, "data");
	const faults = newFaultControl(folder);
	test.after(() => faults.close());
	const reached = {
		LD_PRELOAD: shimLibrary(),
		SHIM_ROOT: dataDir,
		SHIM_CONTROL: faults.path,
		UV_USE_IO_URING: "0",
		// A fault is for what the test asks for, not for what the server does by itself.
		PANGOLIN_CLEAN_INTERVAL_SECS: "0",
	};
	const start = () => startServer(dataDir, { env: { ...reached, ...env } });
	let running = await start();
	let send = await openClient(running.url);
	test.after(() => running.stop("SIGKILL"));
	return {
		dataDir,
		faults,
		env: reached,
		process: () => running,
		send: (...request) => send(...request),
		async restart() {
			faults.disarm();
			await running.stop("SIGKILL");
			running = await start();
			send = await openClient(running.url);
		},
		stop: () => running.stop(),
	};
}
