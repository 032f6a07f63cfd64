import { createServer } from "node:http";
import pg from "pg";

/**
 * The limit of the runtime: the bare HTTP server sending given bytes, on request
 * after the select of one row by its key, as a server on PostgreSQL must. The parent
 * sends the next answer as a message and gets a message back once it is in place.
 */
interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly bodyBase64: string;
	/** Selects a row of `bare_entries` there before it answers. */
	readonly databaseUrl?: string;
}

let status = 200;
let headers: Record<string, string | number> = {};
let body: Buffer = Buffer.alloc(0);

let pool: pg.Pool | undefined;

async function select(database: pg.Pool): Promise<void> {
	const { rows } = await database.query({
		name: "select",
		text: "SELECT location FROM bare_entries WHERE key = $1",
		values: ["1"],
		rowMode: "array",
	});
	if (rows.length !== 1) throw new Error("no row");
}

const server = createServer((_request, response) => {
	const answer = () => {
		response.writeHead(status, headers);
		response.end(body);
	};
	if (pool === undefined) answer();
	else void select(pool).then(answer);
});
server.keepAliveTimeout = 60_000;

process.on("message", (answer: Answer) => {
	status = answer.status;
	body = Buffer.from(answer.bodyBase64, "base64");
	const { databaseUrl } = answer;
	pool =
		databaseUrl === undefined
			? undefined
			: new pg.Pool({ connectionString: databaseUrl, max: 5 });
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
