import { Worker } from "node:worker_threads";
import type { ExpiredRow, OwnedAsset } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import type { EntryRow } from "../records.ts";
import { messageOf } from "./group.ts";
import type { LongRead } from "./longReads.ts";
import type { FromReader } from "./readerThread.ts";
import { threadUrl } from "./writer.ts";

/** A thread without work is let go of after this. */
const IDLE_MILLIS = 10_000;

export interface ReaderPool {
	run(call: Extract<LongRead, { read: "all" }>): Promise<EntryRow[]>;
	run(call: Extract<LongRead, { read: "assetsBelow" }>): Promise<OwnedAsset[]>;
	run(call: Extract<LongRead, { read: "isReachable" }>): Promise<boolean>;
	run(call: Extract<LongRead, { read: "expired" }>): Promise<ExpiredRow[]>;
	run(call: Extract<LongRead, { read: "metadataOf" }>): Promise<string[]>;
	close(): Promise<void>;
}

interface Task {
	readonly call: LongRead;
	resolve(result: never): void;
	reject(error: Error): void;
}

interface Reader {
	readonly thread: Worker;
	task: Task | undefined;
	idleTimer: NodeJS.Timeout | undefined;
}

/** Threads that read a file, started when there is work for them. */
export function createReaderPool(path: string, maxThreads: number): ReaderPool {
	const readers = new Set<Reader>();
	const queue: Task[] = [];

	function startReader(): Reader {
		const thread = new Worker(threadUrl("readerThread"), { workerData: path });
		const reader: Reader = { thread, task: undefined, idleTimer: undefined };
		readers.add(reader);
		thread.on("message", (message: FromReader) => {
			const { task } = reader;
			reader.task = undefined;
			if (message.kind === "result") task?.resolve(message.result as never);
			else task?.reject(new StoreUnavailable("not-applied", message.message));
			giveWork();
			if (reader.task === undefined) rest(reader);
		});
		thread.on("error", (error) => {
			readers.delete(reader);
			reader.task?.reject(
				new StoreUnavailable("not-applied", messageOf(error)),
			);
			giveWork();
		});
		thread.once("exit", () => readers.delete(reader));
		return reader;
	}

	function rest(reader: Reader): void {
		reader.thread.unref();
		clearTimeout(reader.idleTimer);
		reader.idleTimer = setTimeout(() => {
			readers.delete(reader);
			reader.thread.postMessage("close");
		}, IDLE_MILLIS);
		reader.idleTimer.unref();
	}

	function giveWork(): void {
		while (queue.length > 0) {
			const idle = [...readers].find((reader) => reader.task === undefined);
			const reader =
				idle ?? (readers.size < maxThreads ? startReader() : undefined);
			const task = reader && queue.shift();
			if (reader === undefined || task === undefined) return;
			clearTimeout(reader.idleTimer);
			reader.thread.ref();
			reader.task = task;
			reader.thread.postMessage(task.call);
		}
	}

	return {
		run(call: LongRead): Promise<never> {
			return new Promise((resolve, reject) => {
				queue.push({ call, resolve, reject });
				giveWork();
			});
		},
		async close() {
			await stopAll([...readers], queue.splice(0));
		},
	};
}

async function stopAll(
	readers: readonly Reader[],
	waiting: readonly Task[],
): Promise<void> {
	const closed = new StoreUnavailable("not-applied", "the store is closed");
	for (const task of waiting) task.reject(closed);
	for (const reader of readers) {
		clearTimeout(reader.idleTimer);
		reader.task?.reject(closed);
		reader.task = undefined;
	}
	await Promise.all(readers.map((reader) => reader.thread.terminate()));
}
