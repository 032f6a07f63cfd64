import { Worker } from "node:worker_threads";
import { PangolinError } from "../../model/errors.ts";
import type { FileBytes } from "../contract.ts";
import { locationNotAllowed } from "../segments.ts";
import { linkRefused } from "./confinement.ts";
import type { WriteFailure, WriteRequest } from "./durableWrite.ts";
import { openStaging } from "./staging.ts";

export interface Writer {
	/** @throws PangolinError `already-exists`, `location-not-allowed`, `unavailable` */
	write(
		location: string,
		place: Omit<WriteRequest, "bytes">,
		bytes: FileBytes,
	): Promise<void>;
	close(): Promise<void>;
}

interface Waiting {
	readonly location: string;
	readonly request: WriteRequest;
	resolve(): void;
	reject(error: PangolinError): void;
}

/** What the thread answers to a batch. */
export interface Written {
	/** One per write, in order. */
	readonly outcomes: readonly (WriteFailure | "written")[];
	/** Memory of the batch that may serve again. */
	readonly block?: ArrayBuffer | undefined;
}

/** Bounds how long the first write of a batch waits for the last one. */
const MAX_BATCH = 64;

/**
 * Hands writes to a thread, started by the first one. All that wait while it is
 * busy go with the next hop together, so that the event loop never waits for a
 * sync and the cost of the hop is shared.
 */
export function openWriter(threadFile: URL = workerUrl()): Writer {
	const staging = openStaging();
	const waiting: Waiting[] = [];
	let inFlight: Waiting[] = [];
	let thread: Worker | undefined;
	let closed = false;
	let drained: (() => void) | undefined;

	function send(): void {
		if (inFlight.length > 0) return;
		inFlight = waiting.splice(0, MAX_BATCH);
		if (inFlight.length === 0) {
			drained?.();
			return;
		}
		thread ??= start();
		thread.ref();
		const batch = inFlight.map(({ request }) => request);
		thread.postMessage(
			batch,
			batch.map(({ bytes }) => bytes.buffer).filter(isTransferable),
		);
	}

	function settle({ outcomes, block }: Written): void {
		if (block !== undefined) staging.giveBack(block);
		const batch = inFlight;
		inFlight = [];
		thread?.unref();
		answer(batch, outcomes);
		send();
	}

	function start(): Worker {
		return startThread(threadFile, settle, (lost) => {
			if (thread !== lost) return;
			thread = undefined;
			settle({ outcomes: [] });
		});
	}

	return {
		write(location, place, bytes) {
			if (closed) return Promise.reject(writeError(location, undefined));
			return new Promise((resolve, reject) => {
				waiting.push({
					location,
					request: { ...place, bytes: staging.copyOf(bytes) },
					resolve,
					reject,
				});
				// Writes of the same turn of the event loop share a hop.
				if (inFlight.length === 0 && waiting.length === 1) queueMicrotask(send);
			});
		},
		async close() {
			closed = true;
			if (inFlight.length + waiting.length > 0)
				await new Promise<void>((resolve) => {
					drained = resolve;
				});
			const last = thread;
			thread = undefined;
			await last?.terminate();
		},
	};
}

function answer(
	batch: readonly Waiting[],
	outcomes: Written["outcomes"],
): void {
	batch.forEach((one, i) => {
		const outcome = outcomes[i];
		if (outcome === "written") one.resolve();
		else one.reject(writeError(one.location, outcome));
	});
}

function startThread(
	file: URL,
	onWritten: (written: Written) => void,
	onLost: (thread: Worker) => void,
): Worker {
	const thread = new Worker(file, { name: "file-writer" });
	const lost = () => onLost(thread);
	return thread.on("message", onWritten).on("error", lost).on("exit", lost);
}

/** The bundle keeps the thread's file beside this one's. */
function workerUrl(): URL {
	const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
	return new URL(`./writeWorker.${extension}`, import.meta.url);
}

function isTransferable(buffer: ArrayBufferLike): buffer is ArrayBuffer {
	return buffer instanceof ArrayBuffer;
}

function writeError(
	location: string,
	failure: WriteFailure | undefined,
): PangolinError {
	if (failure?.reason === "exists")
		return new PangolinError(
			"already-exists",
			`File already exists: ${location}`,
		);
	if (failure?.reason === "link") return linkRefused(location);
	if (failure?.errno === "ENOTDIR" || failure?.errno === "ENAMETOOLONG")
		return locationNotAllowed(location, "no file can be made there");
	return new PangolinError(
		"unavailable",
		`File storage failed: ${failure?.errno ?? "it is closed"} at ${location}`,
	);
}
