import { Worker } from "node:worker_threads";
import { PangolinError } from "../../model/errors.ts";
import type { FileBytes } from "../contract.ts";
import { locationNotAllowed } from "../segments.ts";
import { linkRefused } from "./confinement.ts";
import type { WriteFailure, WriteRequest } from "./durableWrite.ts";

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

/** Bounds how long the first write of a batch waits for the last one. */
const MAX_BATCH = 64;

/**
 * Hands writes to a thread, started by the first one. All that wait while it is
 * busy go with the next hop together, so that the event loop never waits for a
 * sync and the cost of the hop is shared.
 */
export function openWriter(threadFile: URL = workerUrl()): Writer {
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

	function settle(outcomes: readonly (WriteFailure | "written")[]): void {
		const batch = inFlight;
		inFlight = [];
		thread?.unref();
		batch.forEach((one, i) => {
			const outcome = outcomes[i];
			if (outcome === "written") one.resolve();
			else one.reject(writeError(one.location, outcome));
		});
		send();
	}

	function start(): Worker {
		return startThread(threadFile, settle, (lost) => {
			if (thread !== lost) return;
			thread = undefined;
			settle([]);
		});
	}

	return {
		write(location, place, bytes) {
			if (closed) return Promise.reject(writeError(location, undefined));
			return new Promise((resolve, reject) => {
				waiting.push({
					location,
					request: { ...place, bytes: ownCopy(bytes) },
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

function startThread(
	file: URL,
	onOutcomes: (outcomes: readonly (WriteFailure | "written")[]) => void,
	onLost: (thread: Worker) => void,
): Worker {
	const thread = new Worker(file, { name: "file-writer" });
	const lost = () => onLost(thread);
	return thread.on("message", onOutcomes).on("error", lost).on("exit", lost);
}

/** The bundle keeps the thread's file beside this one's. */
function workerUrl(): URL {
	const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
	return new URL(`./writeWorker.${extension}`, import.meta.url);
}

/** In memory that nobody else uses, so that it can go to the thread as it is. */
function ownCopy(bytes: FileBytes): Uint8Array {
	const pieces = bytes instanceof Uint8Array ? [bytes] : bytes;
	const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
	const copy = Buffer.allocUnsafeSlow(length);
	let offset = 0;
	for (const piece of pieces) {
		copy.set(piece, offset);
		offset += piece.length;
	}
	return copy;
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
