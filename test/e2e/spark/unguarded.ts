import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Passes requests on to a server and takes the guard out of its answers: what
 * an engine would do if shared tables were served like any others.
 */
export async function startUnguarded(
	target: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
	const proxy = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		const type = request.headers["content-type"];
		const hasBody = request.method !== "GET" && request.method !== "HEAD";
		const answer = await fetch(`${target}${request.url}`, {
			method: request.method ?? "GET",
			headers: type === undefined ? {} : { "content-type": type },
			...(hasBody ? { body: Buffer.concat(chunks) } : {}),
		});
		const body = await answer.text();
		response.writeHead(answer.status, {
			"content-type": answer.headers.get("content-type") ?? "application/json",
		});
		response.end(
			body.replaceAll(/"gc\.enabled":\s*"false"/g, '"unguarded":"true"'),
		);
	});
	proxy.listen(0, "127.0.0.1");
	await once(proxy, "listening");
	const { port } = proxy.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		async close() {
			proxy.closeAllConnections();
			proxy.close();
			await once(proxy, "close");
		},
	};
}
