import type { ApplyResult } from "../changes.ts";
import type { Store } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import { assertWellFormed } from "../wellFormed.ts";
import { createReadCache } from "./cache.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { driverFailure } from "./driverErrors.ts";
import { isFatal, messageOf } from "./group.ts";
import { runLongRead } from "./longReads.ts";
import { MIGRATIONS } from "./migrate.ts";
import { openForReading, prepareForWriting } from "./openFile.ts";
import type { ReaderPool } from "./readerPool.ts";
import { createReaderPool } from "./readerPool.ts";
import type { ReadContext } from "./readers/readers.ts";
import {
	claimReader,
	commitReader,
	dropReader,
	entryReader,
	historyReader,
	mergeReader,
	refReader,
	registryReader,
	workReader,
} from "./readers/readers.ts";
import type { Writer, WriterStatistics } from "./writer.ts";
import { startWriter, writeDirectly } from "./writer.ts";

export interface SqliteOptions {
	/** Of the file, or `:memory:`. The file's folder exists. */
	readonly path: string;
	/** Connections at most: one writes, one reads on the main thread, the others do long reads. Default 5. */
	readonly maxConnections?: number | undefined;
	/** Change sets waiting at most; further ones are refused `not-applied`. Default 1,024. */
	readonly maxQueued?: number | undefined;
	/** The file must not be served any more by this process (a sync failed, the file is damaged). */
	readonly onFatal?: ((message: string) => void) | undefined;
}

export interface SqliteStore extends Store {
	/** Transactions (each with at most one sync of the disk) and the change sets in them. */
	readonly statistics: WriterStatistics;
}

/**
 * A store in one SQLite file, which this process owns until it closes the
 * store or ends.
 * @throws PangolinError `unavailable`, in one line, when the file cannot be served
 */
export async function openSqliteStore(
	options: SqliteOptions,
): Promise<SqliteStore> {
	return options.path === ":memory:" ? openInMemory() : openFile(options);
}

async function openFile(options: SqliteOptions): Promise<SqliteStore> {
	const { path, maxConnections = 5, maxQueued = 1024 } = options;
	const failure = { fatal: undefined as string | undefined };
	const onFatal = (message: string) => {
		if (failure.fatal !== undefined) return;
		failure.fatal = message;
		options.onFatal?.(message);
	};
	const writer = await startWriter(path, { maxQueued, onFatal });
	const db = await openOrClose(path, writer);
	const pool = createReaderPool(path, Math.max(1, maxConnections - 2));
	return storeOver({
		description: `SQLite file ${path}`,
		db,
		writer,
		pool,
		failure,
		onFatal,
	});
}

async function openOrClose(path: string, writer: Writer): Promise<Database> {
	try {
		return openForReading(path);
	} catch (error) {
		await writer.close();
		throw error;
	}
}

function openInMemory(): SqliteStore {
	const db = openDatabase(":memory:", {});
	prepareForWriting(db, ":memory:", MIGRATIONS);
	return storeOver({
		description: "SQLite in memory (nothing is kept after a stop)",
		db,
		writer: writeDirectly(db),
		pool: {
			run: async (call) => runLongRead(db, call) as never,
			close: async () => undefined,
		},
		failure: { fatal: undefined },
		onFatal: () => undefined,
	});
}

interface Parts {
	readonly description: string;
	/** Reads on the main thread. */
	readonly db: Database;
	readonly writer: Writer;
	readonly pool: ReaderPool;
	readonly failure: { readonly fatal: string | undefined };
	onFatal(message: string): void;
}

function storeOver(parts: Parts): SqliteStore {
	const { db, writer, pool } = parts;
	const cache = createReadCache();
	let closing: Promise<void> | undefined;
	const read = async <Result>(run: () => Result): Promise<Result> => {
		refuseWhen(parts.failure.fatal ?? (closing && "the store is closed"));
		try {
			return run();
		} catch (error) {
			if (isFatal(error)) parts.onFatal(messageOf(error));
			throw driverFailure(error) === undefined
				? error
				: new StoreUnavailable("not-applied", messageOf(error), {
						cause: error,
					});
		}
	};
	const guarded: ReaderPool = {
		...pool,
		run: async (call) => {
			refuseWhen(parts.failure.fatal ?? (closing && "the store is closed"));
			return (await pool.run(call as never)) as never;
		},
	};
	const context: ReadContext = { db, cache, pool: guarded, read };
	return {
		description: parts.description,
		statistics: writer.statistics,
		registry: registryReader(context),
		refs: refReader(context),
		entries: entryReader(context),
		commits: commitReader(context),
		drops: dropReader(context),
		merges: mergeReader(context),
		claims: claimReader(context),
		history: historyReader(context),
		work: workReader(context),
		async apply(changes) {
			assertWellFormed(changes);
			refuseWhen(closing && "the store is closed");
			const settled = cache.begin(changes);
			let result: ApplyResult | undefined;
			try {
				result = await writer.apply(changes);
				return result;
			} finally {
				settled(result);
			}
		},
		ping: () => read(() => void db.prepare("SELECT 1").get()),
		close() {
			closing ??= closeAll(parts);
			return closing;
		},
	};
}

async function closeAll({ db, writer, pool }: Parts): Promise<void> {
	await pool.close();
	if (db.isOpen) db.close();
	// Last, so that its connection moves the log into the file and removes it.
	await writer.close();
}

function refuseWhen(reason: string | undefined): void {
	if (reason !== undefined) throw new StoreUnavailable("not-applied", reason);
}
