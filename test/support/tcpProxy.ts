import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";

/** Stands between a client and a server, and spoils what passes. */
export interface TcpProxy {
	readonly port: number;
	/**
	 * From now on: `pass` everything; `cutReply`: swallow the server's next bytes and
	 * cut both sides; `silence`: pass nothing, and say nothing; `refuse`: cut
	 * whoever says something; `deafen`: pass what the client says, and nothing of
	 * what the server says on that connection ever again, as when it is half-open.
	 */
	mode: "pass" | "cutReply" | "silence" | "refuse" | "deafen";
	/** With `cutReply` and `deafen`: the bytes of the server that are swallowed are the next ones after the client sent this. */
	cutAfter: string | undefined;
	/** What follows on a cut. */
	afterCut: "pass" | "refuse";
	/** Of what passes in either direction. */
	delayMillis: number;
	/** Of all that passes in either direction; 0 for as many as there are. */
	bytesPerSecond: number;
	/** Connections that were cut or deafened. */
	readonly cuts: number;
	/** Pieces that passed late, or never though nothing was cut. */
	readonly spoilt: number;
	/** How often the server said that it is ready for more (PostgreSQL): round trips. */
	readonly replies: number;
	/** Ends all connections; resolves when who is in this process too knows of it. */
	cut(): Promise<void>;
	close(): Promise<void>;
}

/** ReadyForQuery, outside a transaction: the last bytes of every answer. */
const READY = Buffer.from("Z\0\0\0\u0005I", "latin1");

/** The port of a server on 127.0.0.1, or its Unix socket. */
export type ProxyTarget = number | string;

/** @param to where a connection goes; asked for each one */
export async function startTcpProxy(
	to: ProxyTarget | (() => ProxyTarget),
): Promise<TcpProxy> {
	const sockets = new Set<Socket>();
	const server = createServer((client) => {
		const target = typeof to === "function" ? to() : to;
		const upstream =
			typeof target === "number"
				? connect(target, "127.0.0.1")
				: connect(target);
		for (const socket of [client, upstream]) sockets.add(socket);
		tie(client, upstream, state);
		for (const socket of [client, upstream])
			socket.on("close", () => sockets.delete(socket));
	});
	const cut = async () => {
		const closed = Array.from(
			sockets,
			(socket) =>
				new Promise<void>((resolve) => socket.once("close", () => resolve())),
		);
		for (const socket of sockets) socket.destroy();
		await Promise.all(closed);
		// What the other ends are told is read in a turn, and said in the next one.
		await setImmediate();
		await setImmediate();
	};
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	if (typeof address !== "object" || address === null)
		throw new Error("a TCP server has a port");
	const state: State = {
		port: address.port,
		mode: "pass",
		cutAfter: undefined,
		afterCut: "pass",
		delayMillis: 0,
		bytesPerSecond: 0,
		cuts: 0,
		spoilt: 0,
		replies: 0,
		up: { freeAt: 0 },
		down: { freeAt: 0 },
		cut,
		close: async () => {
			const closed = once(server, "close");
			server.close();
			await cut();
			await closed;
		},
	};
	return state;
}

type State = { -readonly [Name in keyof TcpProxy]: TcpProxy[Name] } & {
	readonly up: Line;
	readonly down: Line;
};

/** One direction, which all connections share; times are those of `performance.now()`. */
interface Line {
	/** When all that was given to it has passed. */
	freeAt: number;
}

/** One direction of one connection. */
interface Lane {
	readonly socket: Socket;
	readonly line: Line;
	readonly waiting: Buffer[];
	/** When the last of it is there. */
	arrivesAt: number;
}

/** Passes on what both sides say, as the state is at that moment. */
function tie(client: Socket, upstream: Socket, state: State): void {
	const cut = () => {
		client.destroy();
		upstream.destroy();
	};
	for (const socket of [client, upstream])
		socket.on("error", cut).on("close", cut);
	const laneTo = (socket: Socket, line: Line): Lane => ({
		socket,
		line,
		waiting: [],
		arrivesAt: 0,
	});
	const up = laneTo(upstream, state.up);
	const down = laneTo(client, state.down);
	let isDoomed = false;
	let isDeaf = false;
	client.on("data", (bytes: Buffer) => {
		const { mode, cutAfter = "" } = state;
		if (mode === "refuse") return cut();
		isDoomed = mode === "cutReply" && (isDoomed || bytes.includes(cutAfter));
		if (mode === "deafen" && !isDeaf && bytes.includes(cutAfter)) {
			isDeaf = true;
			state.cuts++;
		}
		if (mode === "silence") state.spoilt++;
		else pass(up, bytes, state);
	});
	upstream.on("data", (bytes: Buffer) => {
		if (isDeaf) {
			state.spoilt++;
			return;
		}
		if (bytes.subarray(-READY.length).equals(READY)) state.replies++;
		if (state.mode === "refuse") cut();
		else if (state.mode === "cutReply" && isDoomed) {
			state.cuts++;
			state.mode = state.afterCut;
			cut();
		} else if (state.mode === "silence") state.spoilt++;
		else pass(down, bytes, state);
	});
}

/** In order, each when the line has carried it. */
function pass(lane: Lane, bytes: Buffer, state: State): void {
	const { delayMillis, bytesPerSecond } = state;
	const { socket, line, waiting } = lane;
	const now = performance.now();
	let arrivesAt = now + delayMillis;
	if (bytesPerSecond > 0) {
		const millis = (bytes.length * 1000) / bytesPerSecond;
		line.freeAt = Math.max(line.freeAt, now) + millis;
		arrivesAt = line.freeAt + delayMillis;
	}
	lane.arrivesAt = Math.max(lane.arrivesAt, arrivesAt);
	if (waiting.length === 0 && lane.arrivesAt <= now) {
		socket.write(bytes);
		return;
	}
	state.spoilt++;
	waiting.push(bytes);
	setTimeout(() => {
		const first = waiting.shift();
		if (first !== undefined && socket.writable) socket.write(first);
	}, lane.arrivesAt - now);
}
