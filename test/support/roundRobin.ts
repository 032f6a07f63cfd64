import { once } from "node:events";
import { createServer, request } from "node:http";

/** A load balancer: each request goes to the next server, whatever the connection. */
export interface RoundRobin {
	readonly url: string;
	/** How many requests each server got, in the order of the servers. */
	readonly counts: readonly number[];
	close(): Promise<void>;
}

/** @param urls of servers on this machine */
export async function startRoundRobin(
	urls: readonly string[],
): Promise<RoundRobin> {
	const counts = urls.map(() => 0);
	let next = 0;
	const server = createServer((incoming, outgoing) => {
		const index = next++ % urls.length;
		counts[index] = (counts[index] ?? 0) + 1;
		const onward = request(
			`${urls[index]}${incoming.url}`,
			{ method: incoming.method, headers: incoming.headers },
			(answer) => {
				outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(outgoing);
			},
		);
		onward.on("error", () => outgoing.destroy());
		incoming.pipe(onward);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	if (typeof address !== "object" || address === null)
		throw new Error("a server has a port");
	return {
		url: `http://127.0.0.1:${address.port}`,
		counts,
		close: async () => {
			server.close();
			server.closeAllConnections();
			await once(server, "close");
		},
	};
}
