import { PangolinError } from "../../model/errors.ts";
import type { Store } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import type { SqlRow } from "../sql/values.ts";
import { numberAt, textAt } from "../sql/values.ts";
import { assertWellFormed } from "../wellFormed.ts";
import type {
	ConnectionLimits,
	Database,
	PostgresAddress,
} from "./database.ts";
import { openDatabase } from "./database.ts";
import {
	driverFailure,
	openFailureMessage,
	readError,
} from "./driverErrors.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";
import { entryReader } from "./readers/entries.ts";
import {
	claimReader,
	commitReader,
	dropReader,
	historyReader,
} from "./readers/history.ts";
import {
	mergeReader,
	refReader,
	registryReader,
	workReader,
} from "./readers/records.ts";
import type { Read } from "./readers/rows.ts";
import type { WriterStatistics } from "./writer.ts";
import { createWriter } from "./writer.ts";

export interface PostgresOptions {
	readonly address: PostgresAddress;
	/** Connections at most. Default 5. */
	readonly maxConnections?: number | undefined;
	/** Change sets waiting at most; further ones are refused `not-applied`. Default 1,024. */
	readonly maxQueued?: number | undefined;
	/** How long a statement may run; below the request's own limit. Default 10,000. */
	readonly statementMillis?: number | undefined;
}

export interface PostgresStore extends Store {
	/** Calls that wrote (each one transaction) and the change sets in them. */
	readonly statistics: WriterStatistics;
}

/** PostgreSQL 14: the oldest with multiranges, which forgetting uses. */
const OLDEST = 140_000;
const CONNECT_MILLIS = 5000;

/**
 * A store in a PostgreSQL database, which other processes may use as well.
 * Makes and updates its schema.
 * @throws PangolinError `unavailable`, in one line, when the database cannot be used
 */
export async function openPostgresStore(
	options: PostgresOptions,
): Promise<PostgresStore> {
	const description = descriptionOf(options.address);
	let db: Database | undefined;
	try {
		db = openDatabase(options.address, limitsOf(options));
		await requireUsable(db);
		await migrate(db, MIGRATIONS);
		return storeOver(db, description, options.maxQueued ?? 1024);
	} catch (error) {
		await db?.close();
		const message =
			error instanceof PangolinError
				? `${description} cannot be used: ${error.message}`
				: openFailureMessage(description, error);
		throw new PangolinError("unavailable", message, { cause: error });
	}
}

function descriptionOf({ host, port, database }: PostgresAddress): string {
	const place = host.startsWith("/") ? host : `${host}:${port}`;
	return `PostgreSQL database ${database} at ${place}`;
}

function limitsOf({
	maxConnections = 5,
	statementMillis = 10_000,
}: PostgresOptions): ConnectionLimits {
	return {
		maxConnections,
		statementMillis,
		lockMillis: Math.ceil(statementMillis / 3),
		connectMillis: CONNECT_MILLIS,
	};
}

const SERVER = `SELECT current_setting('server_version_num')::integer,
	current_setting('server_version'), current_setting('server_encoding'),
	current_setting('synchronous_commit'), pg_is_in_recovery()::text`;

/** @throws PangolinError `unavailable` when the server cannot keep the contract */
async function requireUsable(db: Database): Promise<void> {
	const [row = []] = await db.query(SERVER, []);
	const problem = serverProblem(row);
	if (problem !== undefined) throw new PangolinError("unavailable", problem);
}

/**
 * Why a server cannot keep the contract; undefined when it can.
 * @param row what SERVER gives
 */
export function serverProblem(row: SqlRow): string | undefined {
	if (numberAt(row, 0) < OLDEST)
		return `it is version ${textAt(row, 1)}, Pangolin needs 14 or newer`;
	if (textAt(row, 2) !== "UTF8")
		return `its encoding is ${textAt(row, 2)}, Pangolin needs UTF8`;
	if (textAt(row, 3) === "off")
		return "synchronous_commit is off, so it would confirm what a crash loses; turn it on for this user or database";
	if (textAt(row, 4) === "true")
		return "it is a read replica; name the primary";
	return undefined;
}

function storeOver(
	db: Database,
	description: string,
	maxQueued: number,
): PostgresStore {
	const writer = createWriter(db, maxQueued);
	let closing: Promise<void> | undefined;
	const refuseWhenClosed = () => {
		if (closing !== undefined)
			throw new StoreUnavailable("not-applied", "the store is closed");
	};
	const read: Read = async (sql, params) => {
		refuseWhenClosed();
		try {
			return await readTwice(db, sql, params);
		} catch (error) {
			throw readError(error);
		}
	};
	return {
		description,
		statistics: writer.statistics,
		registry: registryReader(read),
		refs: refReader(read),
		entries: entryReader(read),
		commits: commitReader(read),
		drops: dropReader(read),
		merges: mergeReader(read),
		claims: claimReader(read),
		history: historyReader(read),
		work: workReader(read),
		async apply(changes) {
			assertWellFormed(changes);
			return await writer.apply(changes);
		},
		ping: async () => void (await read("SELECT 1", [])),
		close() {
			closing ??= writer.close().then(() => db.close());
			return closing;
		},
	};
}

/** A connection may have died unseen since it was used last; a read can be asked for again. */
async function readTwice(
	db: Database,
	...[sql, params]: Parameters<Read>
): Promise<SqlRow[]> {
	try {
		return await db.query(sql, params);
	} catch (error) {
		if (driverFailure(error) !== "lost") throw error;
		return await db.query(sql, params);
	}
}
