import { createServer } from "node:http";
import { MongoClient } from "mongodb";
import pg from "pg";

/**
 * The limit of the runtime: the bare HTTP server sending given bytes, on request
 * after it read one row of a database by its key, as a server on one must. The parent
 * sends the next answer as a message and gets a message back once it is in place.
 */
interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly bodyBase64: string;
	/** Reads the row of `bare_entries` with the key 1 there before it answers. */
	readonly databaseUrl?: string;
}

let status = 200;
let headers: Record<string, string | number> = {};
let body: Buffer = Buffer.alloc(0);

/** Reads the row. */
let read: (() => Promise<unknown>) | undefined;

function readerOf(databaseUrl: string): () => Promise<unknown> {
	return databaseUrl.startsWith("mongodb")
		? mongoReader(databaseUrl)
		: postgresReader(databaseUrl);
}

function mongoReader(url: string): () => Promise<unknown> {
	const rows = new MongoClient(url, { maxPoolSize: 20 })
		.db()
		.collection<{ _id: number }>("bare_entries");
	return async () => {
		if ((await rows.findOne({ _id: 1 })) === null) throw new Error("no row");
	};
}

function postgresReader(connectionString: string): () => Promise<unknown> {
	const pool = new pg.Pool({ connectionString, max: 5 });
	return async () => {
		const { rows } = await pool.query({
			name: "select",
			text: "SELECT location FROM bare_entries WHERE key = $1",
			values: ["1"],
			rowMode: "array",
		});
		if (rows.length !== 1) throw new Error("no row");
	};
}

const server = createServer((_request, response) => {
	const answer = () => {
		response.writeHead(status, headers);
		response.end(body);
	};
	if (read === undefined) answer();
	else void read().then(answer);
});
server.keepAliveTimeout = 60_000;

process.on("message", (answer: Answer) => {
	status = answer.status;
	body = Buffer.from(answer.bodyBase64, "base64");
	const { databaseUrl } = answer;
	read = databaseUrl === undefined ? undefined : readerOf(databaseUrl);
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
