import pretty from "pino-pretty";

/** Turns the log's JSON lines into lines for people. */
export function prettyLines(
	destination: NodeJS.WritableStream,
): NodeJS.WritableStream {
	return pretty({ destination, sync: true, colorize: false });
}
