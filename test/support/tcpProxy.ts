import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and spoils what passes. */
export interface TcpProxy {
	readonly port: number;
	/**
	 * From now on: `pass` everything; `cutReply`: swallow the server's next bytes and
	 * cut both sides; `silence`: pass nothing, and say nothing; `refuse`: cut
	 * whoever says something.
	 */
	mode: "pass" | "cutReply" | "silence" | "refuse";
	/** With `cutReply`: the bytes of the server that are swallowed are the next ones after the client sent this. */
	cutAfter: string | undefined;
	/** What follows on a cut. */
	afterCut: "pass" | "refuse";
	/** Of what passes in either direction. */
	delayMillis: number;
	readonly cuts: number;
	/** How often the server said that it is ready for more (PostgreSQL): round trips. */
	readonly replies: number;
	close(): Promise<void>;
}

/** ReadyForQuery, outside a transaction: the last bytes of every answer. */
const READY = Buffer.from("Z\0\0\0\u0005I", "latin1");

/** @param toPort of a server on 127.0.0.1 */
export async function startTcpProxy(toPort: number): Promise<TcpProxy> {
	const sockets = new Set<Socket>();
	const server = createServer((client) => {
		const upstream = connect(toPort, "127.0.0.1");
		const cut = () => {
			client.destroy();
			upstream.destroy();
		};
		for (const socket of [client, upstream]) {
			sockets.add(socket);
			socket.on("error", cut).on("close", () => {
				sockets.delete(socket);
				cut();
			});
		}
		let isDoomed = false;
		client.on("data", (bytes) => {
			if (proxy.mode === "refuse") return cut();
			isDoomed =
				proxy.mode === "cutReply" &&
				(isDoomed || bytes.includes(proxy.cutAfter ?? ""));
			if (proxy.mode !== "silence") pass(upstream, bytes);
		});
		upstream.on("data", (bytes: Buffer) => {
			if (bytes.subarray(-READY.length).equals(READY)) replies++;
			if (proxy.mode === "pass") pass(client, bytes);
			else if (proxy.mode === "refuse") cut();
			else if (proxy.mode === "cutReply") {
				if (!isDoomed) return pass(client, bytes);
				cuts++;
				proxy.mode = proxy.afterCut;
				cut();
			}
		});
	});
	function pass(socket: Socket, bytes: Buffer | string): void {
		if (proxy.delayMillis === 0) socket.write(bytes);
		else
			setTimeout(() => {
				if (socket.writable) socket.write(bytes);
			}, proxy.delayMillis);
	}
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	if (typeof address !== "object" || address === null)
		throw new Error("a TCP server has a port");
	let cuts = 0;
	let replies = 0;
	const proxy: TcpProxy = {
		port: address.port,
		mode: "pass",
		cutAfter: undefined,
		afterCut: "pass",
		delayMillis: 0,
		get cuts() {
			return cuts;
		},
		get replies() {
			return replies;
		},
		close: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
	return proxy;
}
