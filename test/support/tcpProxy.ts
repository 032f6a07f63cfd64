import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and spoils what passes. */
export interface TcpProxy {
	readonly port: number;
	/** From now on: `pass` everything; `cutReply`: swallow the server's next bytes and cut both sides; `silence`: pass nothing, and say nothing. */
	mode: "pass" | "cutReply" | "silence";
	close(): Promise<void>;
}

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
		upstream.on("data", (bytes) => {
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
	const proxy: TcpProxy = {
		port: address.port,
		mode: "pass",
		close: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
	return proxy;
}
