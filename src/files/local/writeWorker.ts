import * as fs from "node:fs";
import { promisify } from "node:util";
import { parentPort } from "node:worker_threads";
import { openDurableWriter, type WriteRequest } from "./durableWrite.ts";
import { blockToKeep } from "./staging.ts";
import type { Written } from "./writer.ts";

/*
 * The thread of writer.ts: takes batches of writes and answers each with its
 * outcomes. Here the calls may block, and that is what makes them cheap.
 */
if (parentPort !== null) serve(parentPort);

function serve(port: NonNullable<typeof parentPort>): void {
	const started = `${process.pid}-${process.hrtime.bigint()}`;
	let count = 0;
	const write = openDurableWriter(
		{
			...fs,
			fsync: promisify(fs.fsync),
			realPath: fs.realpathSync.native,
		},
		() => `${started}-${count++}`,
	);
	port.on("message", async (batch: readonly WriteRequest[]) => {
		const outcomes = await write(batch);
		const block = blockToKeep(batch.map(({ bytes }) => bytes.buffer));
		const written: Written = { outcomes, block };
		port.postMessage(written, block === undefined ? [] : [block]);
		for (const { bytes } of batch) release(bytes);
	});
}

/** Gives the memory back at once: this thread's own collector would let hundreds of megabytes pile up. */
function release({ buffer }: Uint8Array): void {
	if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
