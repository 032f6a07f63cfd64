import { Worker } from "node:worker_threads";
import { PangolinError } from "../../model/errors.ts";
import type { ApplyResult, ChangeSet } from "../changes.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "./database.ts";
import { applyGroup, messageOf } from "./group.ts";
import { createPending } from "./pending.ts";
import type { FromWriter, ToWriter } from "./writerThread.ts";

/** How much was written since the store was opened. */
export interface WriterStatistics {
	readonly transactions: number;
	readonly changeSets: number;
}

export interface Writer {
	/** @throws StoreUnavailable */
	apply(changes: ChangeSet): Promise<ApplyResult>;
	/** Why nothing can be written any more. */
	readonly fatal: string | undefined;
	readonly statistics: WriterStatistics;
	/** Applies what was accepted, then ends. */
	close(): Promise<void>;
}

interface WriterOptions {
	/** Change sets without an answer from which further ones are refused. */
	readonly maxQueued: number;
	onFatal(message: string): void;
}

/**
 * Starts the thread that writes to a file.
 * @throws PangolinError `unavailable` when the file cannot be served
 */
export async function startWriter(
	path: string,
	options: WriterOptions,
): Promise<Writer> {
	const thread = new Worker(threadUrl("writerThread"), { workerData: path });
	await isReady(thread);
	return clientOf(thread, options);
}

/** A thread's module lies beside this one, in the sources and in the package. */
export function threadUrl(name: string): URL {
	const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
	return new URL(`./${name}.${extension}`, import.meta.url);
}

function isReady(thread: Worker): Promise<void> {
	return new Promise((resolve, reject) => {
		thread.once("error", reject);
		thread.once("message", (message: FromWriter) => {
			thread.off("error", reject);
			if (message.kind === "refused")
				reject(new PangolinError("unavailable", message.message));
			else resolve();
		});
	});
}

function clientOf(thread: Worker, options: WriterOptions): Writer {
	const pending = createPending();
	const statistics = { transactions: 0, changeSets: 0 };
	let fatal: string | undefined;
	let isClosed = false;
	const ended = new Promise<void>((resolve) => {
		thread.once("exit", () => resolve());
	});
	const post = (message: ToWriter) => thread.postMessage(message);

	function fail(message: string): void {
		if (fatal !== undefined) return;
		fatal = message;
		pending.failAll(message);
		options.onFatal(message);
	}

	function send(): void {
		const sets = pending.takeUnsent();
		if (sets.length > 0) post({ sets });
	}

	thread.on("message", (message: FromWriter) => {
		if (message.kind === "fatal") fail(message.message);
		if (message.kind !== "group") return;
		statistics.transactions++;
		statistics.changeSets += message.outcomes.length;
		pending.settle(message.outcomes);
		if (pending.size === 0) thread.unref();
	});
	thread.on("error", (error) =>
		fail(`the writer stopped: ${messageOf(error)}`),
	);
	thread.once("exit", () => {
		if (!isClosed) fail("the writer stopped");
	});
	thread.unref();

	return {
		get fatal() {
			return fatal;
		},
		statistics,
		apply(changes) {
			const refusal = fatal ?? (isClosed ? "the store is closed" : undefined);
			if (refusal !== undefined) return refuse(refusal);
			if (pending.size >= options.maxQueued)
				return refuse("too many change sets are waiting", { overloaded: true });
			if (pending.size === 0) thread.ref();
			// What one turn of the event loop asks for travels together.
			setImmediate(send);
			return pending.add(changes);
		},
		async close() {
			if (!isClosed && fatal === undefined) {
				isClosed = true;
				send();
				thread.ref();
				post({ close: true });
			}
			await ended;
		},
	};
}

/** The same for a database that lives in this process's memory only. */
export function writeDirectly(db: Database): Writer {
	const pending = createPending();
	const statistics = { transactions: 0, changeSets: 0 };
	let isClosed = false;
	return {
		fatal: undefined,
		statistics,
		apply(changes) {
			if (isClosed) return refuse("the store is closed");
			const answer = pending.add(changes);
			pending.settle(applyGroup(db, pending.takeUnsent()).outcomes);
			statistics.transactions++;
			statistics.changeSets++;
			return answer;
		},
		async close() {
			isClosed = true;
		},
	};
}

function refuse(
	message: string,
	options: { overloaded?: boolean } = {},
): Promise<never> {
	return Promise.reject(new StoreUnavailable("not-applied", message, options));
}
