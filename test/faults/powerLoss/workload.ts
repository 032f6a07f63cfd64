import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startServer } from "../../support/server.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
	tableView,
} from "../support/client.ts";
import { shimLibrary } from "../support/shim.ts";
import { type Entry, readRecording } from "./recording.ts";

/** A pointer that a client was told of, and how long the log was by then. */
export interface Acknowledged {
	readonly location: string;
	readonly logBytes: number;
}

/** What a recorded server did, and what its clients know. */
export interface Recorded {
	readonly root: string;
	readonly entries: readonly Entry[];
	/** Per table all pointers in their order. Each table has one client, which waits for each answer. */
	readonly pointers: ReadonlyMap<string, readonly Acknowledged[]>;
}

/** Lets one client per table create it and commit to it, on a server under the shim. */
export async function recordServer(
	folder: string,
	size: { readonly tables: number; readonly commitsPerTable: number },
): Promise<Recorded> {
	const root = join(folder, "data");
	const log = join(folder, "recording");
	const server = await startServer(root, {
		env: {
			LD_PRELOAD: shimLibrary(),
			SHIM_ROOT: root,
			SHIM_LOG: log,
			UV_USE_IO_URING: "0",
		},
	});
	const send = await openClient(server.url);
	await createNamespace(send);
	const pointers = new Map<string, Acknowledged[]>();
	await Promise.all(
		Array.from({ length: size.tables }, async (_, index) => {
			const name = `t${index}`;
			const known: Acknowledged[] = [];
			pointers.set(name, known);
			for await (const location of oneClient(
				send,
				name,
				size.commitsPerTable,
			)) {
				known.push({ location, logBytes: statSync(log).size });
			}
		}),
	);
	await server.stop("SIGKILL");
	return { root, entries: readRecording(readFileSync(log), root), pointers };
}

async function* oneClient(
	send: Send,
	table: string,
	commits: number,
): AsyncGenerator<string> {
	const created = await succeed(send("POST", TABLES, createTableBody(table)));
	yield tableView(created).location;
	for (let i = 0; i < commits; i++) {
		const answer = await succeed(
			send("POST", `${TABLES}/${table}`, propertyCommit(`${table}-${i}`)),
		);
		yield tableView(answer).location;
	}
}
