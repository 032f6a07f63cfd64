import type { CaseTools } from "../../src/store/conformance/case.ts";
import type { Place } from "../../src/store/conformance/moving.ts";
import type { PostgresAddress } from "../../src/store/postgres/database.ts";
import { openPostgresMover } from "../../src/store/postgres/mover.ts";
import type { PostgresStore } from "../../src/store/postgres/postgresStore.ts";
import { openPostgresStore } from "../../src/store/postgres/postgresStore.ts";
import { asAdmin, sharedCluster } from "./postgres.ts";

/** Databases with our schema that no open store uses. */
const free: string[] = [];
let made = 0;
let template: Promise<string> | undefined;

let names = 0;
/** For cases that make their rows in one database. */
export const oneDatabase: CaseTools = {
	fresh: (prefix) => `${prefix}-${++names}`,
	openEmpty: async () => {
		throw new Error("one database is enough here");
	},
};

/** A store in a database of the tests' cluster with nothing in it. */
export async function openEmptyPostgres(
	options: Partial<Parameters<typeof openPostgresStore>[0]> = {},
): Promise<PostgresStore> {
	const { port } = await sharedCluster();
	const database = free.pop() ?? (await newDatabase(port));
	await asAdmin(port, EMPTY, database);
	const store = await openPostgresStore({
		address: addressOf(port, database),
		...options,
	});
	let closing: Promise<void> | undefined;
	return {
		...store,
		close() {
			closing ??= store.close().then(() => void free.push(database));
			return closing;
		},
	};
}

/** The newest stores that tests do not close themselves. */
const recent: PostgresStore[] = [];
/** No test uses more at once. */
const MOST_RECENT = 8;

/** The same, closed when some more were opened: for tests that let go of their stores. */
export async function openRecycledPostgres(): Promise<PostgresStore> {
	const store = await openEmptyPostgres();
	recent.push(store);
	if (recent.length > MOST_RECENT) await recent.shift()?.close();
	return store;
}

/** Databases that places use in turn. */
const places: string[] = [];
/** No test needs more of them at once. */
const MOST_PLACES = 12;

/** An empty database: for its servers, and for who moves it. */
export async function openPostgresPlace(): Promise<Place> {
	const { port } = await sharedCluster();
	const database =
		(places.length < MOST_PLACES ? undefined : places.shift()) ??
		(await newDatabase(port));
	places.push(database);
	await asAdmin(port, EMPTY, database);
	const address = addressOf(port, database);
	return {
		mover: openPostgresMover(address),
		open: () => openPostgresStore({ address }),
	};
}

/** How a store reaches a database of a cluster. */
export function addressOf(port: number, database: string): PostgresAddress {
	return { host: "127.0.0.1", port, user: "postgres", database };
}

/** A new database with our schema, made from a template. */
export async function newDatabase(port: number): Promise<string> {
	const name = `p${process.pid}_${++made}`;
	template ??= makeTemplate(port, `p${process.pid}_template`);
	await asAdmin(port, `CREATE DATABASE ${name} TEMPLATE ${await template}`);
	return name;
}

/** A `DATABASE_URL` of a new database, for a server in a process of its own. */
export async function newPostgresUrl(): Promise<string> {
	const cluster = await sharedCluster();
	return cluster.url(await newDatabase(cluster.port));
}

async function makeTemplate(port: number, name: string): Promise<string> {
	await asAdmin(port, `CREATE DATABASE ${name}`);
	const store = await openPostgresStore({ address: addressOf(port, name) });
	await store.close();
	return name;
}

/** Without the foreign keys' triggers the order does not matter. */
const EMPTY = `DO $$
DECLARE t text;
BEGIN
	SET LOCAL session_replication_role = replica;
	FOR t IN SELECT tablename FROM pg_tables
		WHERE schemaname = 'pangolin' AND tablename <> 'schema_migrations'
	LOOP EXECUTE format('DELETE FROM pangolin.%I', t); END LOOP;
END $$`;
