import { Worker } from "node:worker_threads";
import { PangolinError, unreachable } from "../../model/errors.ts";
import type { ApplyResult, ChangeSet } from "../changes.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "./database.ts";
import type { SetOutcome } from "./group.ts";
import { applyGroup, messageOf } from "./group.ts";
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

interface Waiting {
	resolve(result: ApplyResult): void;
	reject(error: Error): void;
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
	/** Oldest first: the thread answers in the order in which it was asked. */
	const waiting: Waiting[] = [];
	let outgoing: ChangeSet[] = [];
	let fatal: string | undefined;
	let isClosed = false;
	const statistics = { transactions: 0, changeSets: 0 };
	const ended = new Promise<void>((resolve) => {
		thread.once("exit", () => resolve());
	});

	function fail(message: string): void {
		if (fatal !== undefined) return;
		fatal = message;
		// What the thread got may be applied; what was kept back is not.
		const unsent = outgoing.length;
		outgoing = [];
		const count = waiting.length - unsent;
		waiting.splice(0).forEach((set, i) => {
			const outcome = i < count ? "unknown" : "not-applied";
			set.reject(new StoreUnavailable(outcome, message));
		});
		options.onFatal(message);
	}

	function send(): void {
		if (outgoing.length === 0) return;
		const message: ToWriter = { sets: outgoing };
		outgoing = [];
		thread.postMessage(message);
	}

	thread.on("message", (message: FromWriter) => {
		if (message.kind === "fatal") return fail(message.message);
		if (message.kind !== "group") return;
		statistics.transactions++;
		statistics.changeSets += message.outcomes.length;
		for (const outcome of message.outcomes) {
			const set = waiting.shift();
			if (set !== undefined) settle(set, outcome);
		}
		if (waiting.length === 0) thread.unref();
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
			if (waiting.length >= options.maxQueued)
				return refuse(`${waiting.length} change sets are waiting already`, {
					overloaded: true,
				});
			if (waiting.length === 0) thread.ref();
			if (outgoing.length === 0) setImmediate(send);
			outgoing.push(changes);
			return new Promise((resolve, reject) => {
				waiting.push({ resolve, reject });
			});
		},
		async close() {
			if (!isClosed && fatal === undefined) {
				isClosed = true;
				send();
				const message: ToWriter = { close: true };
				thread.ref();
				thread.postMessage(message);
			}
			await ended;
		},
	};
}

/** The same for a database that lives in this process's memory only. */
export function writeDirectly(db: Database): Writer {
	let isClosed = false;
	const statistics = { transactions: 0, changeSets: 0 };
	return {
		fatal: undefined,
		statistics,
		apply(changes) {
			if (isClosed) return refuse("the store is closed");
			const [outcome] = applyGroup(db, [changes]).outcomes;
			statistics.transactions++;
			statistics.changeSets++;
			return new Promise((resolve, reject) => {
				if (outcome !== undefined) settle({ resolve, reject }, outcome);
			});
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

function settle(set: Waiting, outcome: SetOutcome): void {
	switch (outcome.kind) {
		case "decided":
			set.resolve(outcome.result);
			break;
		case "unavailable":
			set.reject(new StoreUnavailable(outcome.outcome, outcome.message));
			break;
		case "bug":
			set.reject(new Error(outcome.message));
			break;
		default:
			unreachable(outcome);
	}
}
