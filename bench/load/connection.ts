import { connect, type Socket } from "node:net";

/** One answer as the load generator needs it. `body` only when it was asked for. */
export interface Reply {
	readonly status: number;
	readonly etag: string | undefined;
	readonly body: Buffer | undefined;
}

/** A keep-alive HTTP/1.1 connection that has one request under way at a time. */
export interface Connection {
	send(
		request: string,
		keepBody: boolean,
		done: (reply: Reply) => void,
		failed: (error: Error) => void,
	): void;
	close(): void;
}

const HEAD_END = "\r\n\r\n";

/** Reads go into this one buffer: with fresh ones the generator's own collector makes the tail. */
const READ_BYTES = 64 * 1024;

/**
 * Parses no more of HTTP than our own servers send: content-length or chunked bodies.
 * Servers close idle connections: the next request then opens it again.
 */
export function openConnection(port: number): Promise<Connection> {
	let waiting: Waiting | undefined;
	let parser = newParser({ keepBody: false, isHead: false });
	const fail = (error: Error) => {
		const failed = waiting?.failed;
		waiting = undefined;
		failed?.(error);
	};
	const take = (chunk: Buffer) => {
		const reply = parser(chunk);
		if (reply === undefined || waiting === undefined) return;
		const { done } = waiting;
		waiting = undefined;
		done(reply);
	};
	let socket = dial(port, take, fail);
	const connection: Connection = {
		send(request, keepBody, done, failed) {
			if (socket.destroyed) socket = dial(port, take, fail);
			waiting = { keepBody, done, failed };
			parser = newParser({ keepBody, isHead: request.startsWith("HEAD") });
			socket.write(request);
		},
		close: () => socket.destroy(),
	};
	return new Promise((resolve, reject) => {
		socket.once("error", reject);
		socket.once("connect", () => {
			socket.off("error", reject);
			resolve(connection);
		});
	});
}

interface Waiting {
	readonly keepBody: boolean;
	readonly done: (reply: Reply) => void;
	readonly failed: (error: Error) => void;
}

/** `fail` is told of the end of the connection too; what is written before it stands waits for it. */
function dial(
	port: number,
	take: (chunk: Buffer) => void,
	fail: (error: Error) => void,
): Socket {
	const buffer = Buffer.alloc(READ_BYTES);
	const callback = (length: number) => {
		take(buffer.subarray(0, length));
		return true;
	};
	const socket = connect({
		port,
		host: "127.0.0.1",
		noDelay: true,
		onread: { buffer, callback },
	});
	socket.on("error", fail);
	socket.on("close", () => fail(new Error("the connection was closed")));
	return socket;
}

/** Takes chunks, whose memory is used again, and gives the reply with the last one. */
function newParser(expected: {
	readonly keepBody: boolean;
	readonly isHead: boolean;
}): (chunk: Buffer) => Reply | undefined {
	const { keepBody } = expected;
	let head: string | undefined;
	let early: Buffer | undefined;
	let missingBytes = 0;
	let chunked = false;
	const parts: Buffer[] = [];
	const finish = (text: string): Reply => ({
		status: Number(text.slice(9, 12)),
		etag: /\r\netag: ([^\r]+)/i.exec(text)?.[1],
		body: keepBody ? joined(parts, chunked) : undefined,
	});
	return (chunk) => {
		let rest = chunk;
		if (head === undefined) {
			const bytes = early === undefined ? chunk : Buffer.concat([early, chunk]);
			const end = bytes.indexOf(HEAD_END);
			if (end < 0) {
				early = Buffer.from(bytes);
				return undefined;
			}
			head = bytes.toString("latin1", 0, end);
			rest = bytes.subarray(end + HEAD_END.length);
			const length = /\r\ncontent-length: (\d+)/i.exec(head);
			const bodiless =
				expected.isHead ||
				head.startsWith("304", 9) ||
				head.startsWith("204", 9);
			chunked = !bodiless && length === null;
			missingBytes = bodiless ? 0 : Number(length?.[1] ?? 0);
		}
		missingBytes -= rest.length;
		if (keepBody || chunked) parts.push(Buffer.from(rest));
		if (chunked ? !endsChunks(parts) : missingBytes > 0) return undefined;
		return finish(head);
	};
}

function endsChunks(parts: readonly Buffer[]): boolean {
	return (
		Buffer.concat(parts.slice(-2)).subarray(-5).toString("latin1") ===
		"0\r\n\r\n"
	);
}

function joined(parts: readonly Buffer[], chunked: boolean): Buffer {
	const bytes = Buffer.concat(parts);
	if (!chunked) return bytes;
	const pieces: Buffer[] = [];
	for (let at = 0; at < bytes.length; ) {
		const lineEnd = bytes.indexOf("\r\n", at);
		const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
		if (size === 0) break;
		pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
		at = lineEnd + 2 + size + 2;
	}
	return Buffer.concat(pieces);
}

/** The text of one request; `body` is sent as JSON. */
export function requestText(
	method: string,
	path: string,
	body?: string | undefined,
	headers: Readonly<Record<string, string>> = {},
): string {
	const lines = [`${method} ${path} HTTP/1.1`, "host: 127.0.0.1"];
	for (const [name, value] of Object.entries(headers)) {
		lines.push(`${name}: ${value}`);
	}
	if (body !== undefined) {
		lines.push("content-type: application/json");
		lines.push(`content-length: ${Buffer.byteLength(body)}`);
	}
	return `${lines.join("\r\n")}${HEAD_END}${body ?? ""}`;
}

export function exchange(
	connection: Connection,
	request: string,
): Promise<Reply> {
	return new Promise((resolve, reject) => {
		connection.send(request, true, resolve, reject);
	});
}
