import { createServer } from "node:http";
import { MongoClient } from "mongodb";
import pg from "pg";

/**
 * The limit of the runtime: the bare HTTP server sending given bytes, on request
 * after it read a database, as a server on one must. The parent
 * sends the next answer as a message and gets a message back once it is in place.
 */
interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly bodyBase64: string;
	/** Reads there before it answers. */
	readonly databaseUrl?: string;
	/** The row of `bare_entries` with the key 1, or the first thousand of `bare_names`. */
	readonly reads?: "row" | "names";
}

let status = 200;
let headers: Record<string, string | number> = {};
let body: Buffer = Buffer.alloc(0);

const NAMES = 1000;
let read: (() => Promise<unknown>) | undefined;

function readerOf(databaseUrl: string, reads: "row" | "names") {
	const found = databaseUrl.startsWith("mongodb")
		? mongoReader(databaseUrl, reads)
		: postgresReader(databaseUrl, reads);
	const expected = reads === "names" ? NAMES : 1;
	return async () => {
		if ((await found()) !== expected) throw new Error("rows are missing");
	};
}

/** Each gives how many rows there were. */
type Reader = () => Promise<number>;

function mongoReader(url: string, reads: "row" | "names"): Reader {
	const db = new MongoClient(url, { maxPoolSize: 20 }).db();
	const rows = db.collection<{ _id: number }>("bare_entries");
	const names = db.collection<{ _id: string }>("bare_names");
	if (reads === "row")
		return async () => ((await rows.findOne({ _id: 1 })) === null ? 0 : 1);
	return async () => {
		const found = names.find({}).sort("_id").limit(NAMES);
		const all = await found.batchSize(NAMES + 1).toArray();
		return all.length;
	};
}

function postgresReader(
	connectionString: string,
	reads: "row" | "names",
): Reader {
	const pool = new pg.Pool({ connectionString, max: 5 });
	const text =
		reads === "row"
			? "SELECT location FROM bare_entries WHERE key = $1"
			: "SELECT name FROM bare_names ORDER BY name LIMIT $1";
	const values = [reads === "row" ? "1" : String(NAMES)];
	return async () => {
		const query = { name: reads, text, values, rowMode: "array" } as const;
		return (await pool.query(query)).rows.length;
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
	const { databaseUrl, reads = "row" } = answer;
	read = databaseUrl === undefined ? undefined : readerOf(databaseUrl, reads);
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
