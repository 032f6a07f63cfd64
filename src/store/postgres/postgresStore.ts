import { setImmediate } from "node:timers/promises";
import type { Store } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import type { SqlRow } from "../sql/values.ts";
import { assertWellFormed } from "../wellFormed.ts";
import type {
	ConnectionLimits,
	Database,
	PostgresAddress,
} from "./database.ts";
import { openDatabase } from "./database.ts";
import { driverFailure, readError } from "./driverErrors.ts";
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
import { descriptionOf, openError, requireUsable } from "./usable.ts";
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
		throw openError(description, error);
	}
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
		// All may have died at once: the pool hears of the others in this turn.
		await setImmediate();
		return await db.query(sql, params);
	}
}
