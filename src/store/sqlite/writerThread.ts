import {
	parentPort,
	receiveMessageOnPort,
	workerData,
} from "node:worker_threads";
import { assert } from "../../model/errors.ts";
import type { ChangeSet } from "../changes.ts";
import { checkpointWhenDue } from "./checkpoint.ts";
import type { SetOutcome } from "./group.ts";
import { applyGroup, messageOf } from "./group.ts";
import { MIGRATIONS } from "./migrate.ts";
import type { OwnedFile } from "./openFile.ts";
import { openOwnedFile } from "./openFile.ts";

/** To the writer: change sets, or the wish to end once they are applied. */
export type ToWriter =
	| { readonly sets: readonly ChangeSet[] }
	| { readonly close: true };

export type FromWriter =
	| { readonly kind: "ready" }
	| { readonly kind: "refused"; readonly message: string }
	/** One transaction: what became of the oldest change sets without an answer. */
	| { readonly kind: "group"; readonly outcomes: readonly SetOutcome[] }
	/** Nothing is written after this. */
	| { readonly kind: "fatal"; readonly message: string };

/** Bounds the time for which the first set of a group waits for the last. */
const LARGEST_GROUP = 256;

/**
 * The only connection that writes to a file, in a thread of its own: waiting
 * for locks and for the disk stops nobody else.
 */
function serve(port: NonNullable<typeof parentPort>, file: OwnedFile): void {
	const waiting: ChangeSet[] = [];
	let isClosing = false;
	let fatal: string | undefined;
	const post = (message: FromWriter) => port.postMessage(message);
	const take = (message: ToWriter) => {
		if ("close" in message) isClosing = true;
		else waiting.push(...message.sets);
	};
	const takeAll = () => {
		for (;;) {
			const received = receiveMessageOnPort(port);
			if (received === undefined) return;
			take(received.message);
		}
	};
	port.on("message", (message: ToWriter) => {
		take(message);
		takeAll();
		while (waiting.length > 0 && fatal === undefined) {
			const group = applyGroup(file.db, waiting.splice(0, LARGEST_GROUP));
			fatal = group.fatal;
			post({ kind: "group", outcomes: group.outcomes });
			takeAll();
			fatal ??= checkpointWhenDue(file.db, waiting.length === 0);
			takeAll();
		}
		if (fatal !== undefined) post({ kind: "fatal", message: fatal });
		if (fatal !== undefined || isClosing) {
			file.close();
			port.close();
		}
	});
}

function start(): void {
	assert(parentPort !== null, "the writer is a thread");
	const path: unknown = workerData;
	assert(typeof path === "string", "the writer is given a path");
	const send = (message: FromWriter) => parentPort?.postMessage(message);
	try {
		serve(parentPort, openOwnedFile(path, MIGRATIONS));
		send({ kind: "ready" });
	} catch (error) {
		send({ kind: "refused", message: messageOf(error) });
		parentPort.close();
	}
}

start();
