import type { Socket } from "node:net";
import { connect } from "node:net";

/** An HTTP/1.1 answer as it came over a socket. */
export interface WireAnswer {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: ReadonlyMap<string, string>;
	readonly body: string;
	/** Everything that came, further answers included. */
	readonly raw: string;
}

/** A request's text; `Connection: close` unless the headers say otherwise. */
export function request(
	method: string,
	url: string,
	headers: readonly string[] = [],
	body = "",
): string {
	const lines = [`${method} ${url} HTTP/1.1`, ...headers];
	if (!hasHeader(headers, "host")) lines.push("Host: localhost");
	if (!hasHeader(headers, "connection")) lines.push("Connection: close");
	return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

function hasHeader(headers: readonly string[], name: string): boolean {
	return headers.some((line) => line.toLowerCase().startsWith(`${name}:`));
}

/** Sends text and resolves with the first answer when the server closes the connection. */
export async function exchange(
	port: number,
	text: string | Buffer,
): Promise<WireAnswer> {
	const socket = await open(port);
	const closed = received(socket);
	socket.write(text);
	return parse(await closed);
}

export function open(port: number): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, "127.0.0.1", () => resolve(socket));
		socket.once("error", reject);
	});
}

/** Everything that comes until the connection ends, however it ends. */
export function received(socket: Socket): Promise<string> {
	return new Promise((resolve) => {
		const chunks: Buffer[] = [];
		socket.on("data", (chunk: Buffer) => chunks.push(chunk));
		socket.on("error", () => {});
		socket.once("close", () => resolve(Buffer.concat(chunks).toString()));
	});
}

/** @throws when the text does not begin with an answer */
export function parse(raw: string): WireAnswer {
	const status = /^HTTP\/1\.1 (\d{3})/.exec(raw)?.[1];
	if (status === undefined)
		throw new Error(`no answer: ${JSON.stringify(raw.slice(0, 200))}`);
	const end = raw.indexOf("\r\n\r\n");
	const headers = new Map(
		raw
			.slice(0, end)
			.split("\r\n")
			.slice(1)
			.map((line): [string, string] => {
				const colon = line.indexOf(":");
				return [
					line.slice(0, colon).toLowerCase(),
					line.slice(colon + 1).trim(),
				];
			}),
	);
	const length = Number(headers.get("content-length") ?? 0);
	const body = Buffer.from(raw.slice(end + 4)).subarray(0, length);
	return { status: Number(status), headers, body: body.toString(), raw };
}
