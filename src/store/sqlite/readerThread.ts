import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../model/errors.ts";
import { messageOf } from "./group.ts";
import type { LongRead } from "./longReads.ts";
import { runLongRead } from "./longReads.ts";
import { openForReading } from "./openFile.ts";

export type FromReader =
	| { readonly kind: "result"; readonly result: unknown }
	| { readonly kind: "failed"; readonly message: string };

/** One reading connection in a thread of its own; answers one call at a time. */
function start(): void {
	const port = parentPort;
	assert(port !== null, "the reader is a thread");
	const path: unknown = workerData;
	assert(typeof path === "string", "the reader is given a path");
	const db = openForReading(path);
	const send = (message: FromReader) => port.postMessage(message);
	port.on("message", (call: LongRead | "close") => {
		if (call === "close") {
			db.close();
			port.close();
			return;
		}
		try {
			send({ kind: "result", result: runLongRead(db, call) });
		} catch (error) {
			send({ kind: "failed", message: messageOf(error) });
		}
	});
}

start();
