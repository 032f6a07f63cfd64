import { parentPort, receiveMessageOnPort } from "node:worker_threads";

/** Runs `write` with all messages that wait, then reports how many those were. */
export function serveGroups(write: (group: readonly string[]) => void): void {
	const port = parentPort;
	if (port === null) throw new Error("runs as a worker only");
	port.on("message", (first: string) => {
		const group = [first];
		for (
			let next = receiveMessageOnPort(port);
			next !== undefined;
			next = receiveMessageOnPort(port)
		) {
			group.push(next.message);
		}
		write(group);
		port.postMessage(group.length);
	});
}
