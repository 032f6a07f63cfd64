import { createServer, type ServerResponse } from "node:http";
import pg from "pg";

/**
 * A bare HTTP server that calls the function `bare_commit` for each request, those
 * that wait together in one transaction. The parent sends where the database is and
 * gets the port.
 */
let pool: pg.Pool | undefined;
let waiting: ServerResponse[] = [];
let groups = 0;

const MAX_GROUPS = 2;

function send(): void {
	while (groups < MAX_GROUPS && waiting.length > 0) {
		const group = waiting;
		waiting = [];
		groups++;
		void commit(group).then(() => {
			groups--;
			send();
		});
	}
}

async function commit(group: readonly ServerResponse[]): Promise<void> {
	if (pool === undefined) throw new Error("no database was given");
	await pool.query({
		name: "commit",
		text: "SELECT bare_commit($1)",
		values: [group.length],
	});
	for (const response of group) response.end("done");
}

const server = createServer((_request, response) => {
	waiting.push(response);
	setImmediate(send);
});
server.keepAliveTimeout = 60_000;

process.on("message", ({ databaseUrl }: { databaseUrl: string }) => {
	pool = new pg.Pool({ connectionString: databaseUrl, max: 5 });
	server.listen(0, "127.0.0.1", () => {
		const address = server.address();
		if (address === null || typeof address === "string")
			throw new Error("port");
		process.send?.({ port: address.port });
	});
});
process.on("disconnect", () => process.exit(0));
