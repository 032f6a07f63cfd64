import { parentPort, receiveMessageOnPort } from "node:worker_threads";

/** Runs `write` with all messages that wait, then reports how many those were. */
export function serveGroups(
	write: (group: readonly string[]) => Promise<void>,
): void {
	const port = parentPort;
	if (port === null) throw new Error("runs as a worker only");
	let isWriting = false;
	const waiting: string[] = [];
	port.on("message", async (first: string) => {
		waiting.push(first);
		if (isWriting) return;
		isWriting = true;
		while (waiting.length > 0) {
			for (
				let next = receiveMessageOnPort(port);
				next !== undefined;
				next = receiveMessageOnPort(port)
			) {
				waiting.push(next.message);
			}
			const group = waiting.splice(0);
			await write(group);
			port.postMessage(group.length);
		}
		isWriting = false;
	});
}
