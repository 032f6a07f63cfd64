import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import pg from "pg";
import type { SqlRow, SqlValue } from "../sql/values.ts";
import { ConnectionFailure, isBroken } from "./driverErrors.ts";

/** Where the database is and how to get in. */
export interface PostgresAddress {
	/** A name, an address, or the folder of a Unix socket. */
	readonly host: string;
	readonly port: number;
	readonly database: string;
	readonly user: string;
	readonly password?: string | undefined;
	/** Wins over `password`; read whenever a connection is made. Empty: none. */
	readonly passwordFile?: string | undefined;
	/** As libpq has them: `require` encrypts, `verify-ca` knows the authority, `verify-full` the host as well. Default `disable`. */
	readonly sslMode?: "disable" | "require" | "verify-ca" | "verify-full";
	/** The file of the authorities to trust; without it Node's own. */
	readonly sslRootCert?: string | undefined;
}

export interface ConnectionLimits {
	/** At once, reads and writes together. */
	readonly maxConnections: number;
	/** A statement that runs longer is ended by the server. */
	readonly statementMillis: number;
	/** A statement that waits longer for a lock is ended by the server. */
	readonly lockMillis: number;
	/** How long making a connection, or waiting for a free one, may take. */
	readonly connectMillis: number;
}

/** Beyond the server's own limit: then the connection itself is gone. */
const SILENCE_MILLIS = 2000;
/** The schema that holds everything of ours. */
export const SCHEMA = "pangolin";

const SETTINGS = [
	`search_path=${SCHEMA}`,
	"jit=off",
	// A plan that was made while a table was small is kept while it grows; every
	// statement has its index.
	"enable_seqscan=off",
];

/** A list is an array of the database. */
export type SqlParam = SqlValue | readonly SqlValue[];

/** Connections to the database, and what runs on them. */
export interface Database {
	/**
	 * Runs one statement, prepared once per connection.
	 * @throws ConnectionFailure when it was never sent
	 * @throws the driver's errors
	 */
	query(sql: string, params: readonly SqlParam[]): Promise<SqlRow[]>;
	/** Runs several statements on one connection. */
	withConnection<Result>(
		run: (client: pg.ClientBase) => Promise<Result>,
	): Promise<Result>;
	/** Waits for what runs. */
	close(): Promise<void>;
}

export function openDatabase(
	address: PostgresAddress,
	limits: ConnectionLimits,
): Database {
	const pool = new pg.Pool(poolConfig(address, limits));
	// A connection that breaks fails the query on it; an idle one is let go of by the pool.
	pool.on("error", () => undefined);
	pool.on("connect", (client) => client.on("error", () => undefined));
	const query = namedQueries();
	const withConnection: Database["withConnection"] = async (run) => {
		const client = await connect(pool);
		let broken = true;
		try {
			const result = await run(client);
			broken = false;
			return result;
		} catch (error) {
			broken = isBroken(error);
			throw error;
		} finally {
			client.release(broken);
		}
	};
	let closing: Promise<void> | undefined;
	return {
		withConnection,
		query: (sql, params) =>
			withConnection((client) => query(client, sql, params)),
		close: () => {
			closing ??= pool.end();
			return closing;
		},
	};
}

/**
 * One connection, which is never replaced by another: for a transaction that
 * stays open between queries.
 * @throws ConnectionFailure
 */
export async function openConnection(
	address: PostgresAddress,
	limits: ConnectionLimits,
): Promise<Database> {
	const client = new pg.Client(clientConfig(address, limits));
	client.on("error", () => undefined);
	try {
		await client.connect();
	} catch (error) {
		throw new ConnectionFailure(error);
	}
	const query = namedQueries();
	return {
		withConnection: (run) => run(client),
		query: (sql, params) => query(client, sql, params),
		close: () => client.end(),
	};
}

/** Runs statements, each of which has one name on all connections. */
function namedQueries() {
	const names = new Map<string, string>();
	return async (
		client: pg.ClientBase,
		sql: string,
		params: readonly SqlParam[],
	): Promise<SqlRow[]> => {
		const name = names.get(sql) ?? `s${names.size}`;
		names.set(sql, name);
		const { rows } = await client.query<SqlRow & unknown[]>({
			name,
			text: sql,
			values: [...params],
			rowMode: "array",
		});
		return rows;
	};
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
	try {
		return await pool.connect();
	} catch (error) {
		throw new ConnectionFailure(error);
	}
}

function poolConfig(
	address: PostgresAddress,
	limits: ConnectionLimits,
): pg.PoolConfig {
	return {
		...clientConfig(address, limits),
		max: limits.maxConnections,
		// What is idle keeps no process from its end.
		allowExitOnIdle: true,
	};
}

function clientConfig(
	address: PostgresAddress,
	limits: ConnectionLimits,
): pg.ClientConfig {
	const { host, port, database, user } = address;
	return {
		host,
		port,
		database,
		user,
		password: () => passwordOf(address),
		ssl: tlsOf(address),
		connectionTimeoutMillis: limits.connectMillis,
		statement_timeout: limits.statementMillis,
		query_timeout: limits.statementMillis + SILENCE_MILLIS,
		lock_timeout: limits.lockMillis,
		keepAlive: true,
		application_name: "pangolin",
		options: SETTINGS.map((setting) => `-c ${setting}`).join(" "),
		types: { getTypeParser },
	};
}

/** Never from the environment or a file in a home folder: what is configured is what is used. */
async function passwordOf({
	password = "",
	passwordFile = "",
}: PostgresAddress): Promise<string> {
	if (passwordFile === "") return password;
	return (await readFile(passwordFile, "utf8")).replace(/\r?\n$/, "");
}

function tlsOf({
	host,
	sslMode = "disable",
	sslRootCert,
}: PostgresAddress): ConnectionOptions | false {
	if (sslMode === "disable") return false;
	const ca = sslRootCert === undefined ? undefined : readFileSync(sslRootCert);
	return {
		...(ca === undefined ? {} : { ca }),
		rejectUnauthorized: sslMode !== "require",
		// The driver would compare with "localhost" where the host is an address.
		checkServerIdentity: (_name, certificate) =>
			sslMode === "verify-full"
				? checkServerIdentity(host, certificate)
				: undefined,
	};
}

const INT8 = 20;

/** Large integers stay below 2^53. */
function getTypeParser(id: number, format?: "text" | "binary") {
	return id === INT8 ? Number : pg.types.getTypeParser(id, format);
}
