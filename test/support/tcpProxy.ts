import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and spoils what passes. */
export interface TcpProxy {
	readonly port: number;
	/** From now on: `pass` everything; `cutReply`: swallow the server's next bytes and cut both sides; `silence`: pass nothing, and say nothing. */
	mode: "pass" | "cutReply" | "silence";
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
		client.on("data", (bytes) => {
			if (proxy.mode !== "silence") upstream.write(bytes);
		});
		upstream.on("data", (bytes: Buffer) => {
			if (bytes.subarray(-READY.length).equals(READY)) proxy.replies++;
			if (proxy.mode === "pass") client.write(bytes);
			if (proxy.mode === "cutReply") {
				proxy.mode = "pass";
				cut();
			}
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	if (typeof address !== "object" || address === null)
		throw new Error("a TCP server has a port");
	const proxy = {
		port: address.port,
		mode: "pass" as TcpProxy["mode"],
		replies: 0,
		close: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
	return proxy;
}
