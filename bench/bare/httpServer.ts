import { createServer } from "node:http";

/**
 * The limit of the runtime: the bare HTTP server sending given bytes. The parent
 * sends the next answer as a message and gets a message back once it is in place.
 */
interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly bodyBase64: string;
}

let status = 200;
let headers: Record<string, string | number> = {};
let body: Buffer = Buffer.alloc(0);

const server = createServer((_request, response) => {
	response.writeHead(status, headers);
	response.end(body);
});
server.keepAliveTimeout = 60_000;

process.on("message", (answer: Answer) => {
	status = answer.status;
	body = Buffer.from(answer.bodyBase64, "base64");
	headers =
		status === 304
			? { ...answer.headers }
			: { ...answer.headers, "content-length": body.length };
	process.send?.({ ready: true });
});
process.on("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("port");
	process.send?.({ port: address.port });
});
