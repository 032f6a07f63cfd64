import type { Store } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import { assertWellFormed } from "../wellFormed.ts";
import { warn } from "./background.ts";
import type { Database, MongoOptions } from "./database.ts";
import { connect } from "./database.ts";
import { driverFailure, openFailure } from "./driverErrors.ts";
import { unavailable } from "./entries.ts";
import { firstRowReader } from "./firstRow.ts";
import type { Write } from "./log.ts";
import { migrate } from "./migrate.ts";
import { createOverlay } from "./overlay.ts";
import type { Progress } from "./progress.ts";
import { createProgress } from "./progress.ts";
import { read } from "./protocol.ts";
import { type Rows, rowsAt } from "./queries.ts";
import { commitReader, dropReader } from "./readers/commits.ts";
import type { ReadContext } from "./readers/context.ts";
import { entryReader, keptLists } from "./readers/entries.ts";
import { historyReader } from "./readers/history.ts";
import { refReader } from "./readers/refs.ts";
import {
	claimReader,
	mergeReader,
	registryReader,
	workReader,
} from "./readers/registry.ts";
import { trimInBackground } from "./trim.ts";
import { createWriter } from "./writer.ts";

/**
 * A store in a MongoDB database, which many servers may share.
 * @throws PangolinError `unavailable`, in one line, when the database cannot be used
 */
export async function openMongoStore(options: MongoOptions): Promise<Store> {
	let database: Database | undefined;
	try {
		database = await connect(options);
		await migrate(database);
		const store = storeOver(database, options);
		await store.ping();
		return store;
	} catch (error) {
		await database?.client.close();
		throw openFailure(error);
	}
}

/** @param database connected and migrated; closed with the store */
export function storeOver(database: Database, options: MongoOptions): Store {
	const { settleMillis = 10_000, maxQueued = 1024, report = warn } = options;
	const progress = createProgress(database, { settleMillis });
	const trimming = trimInBackground(database, progress, report);
	const writer = createWriter(database, progress, maxQueued);
	let closing: Promise<void> | undefined;
	const closeAll = async () => {
		await Promise.all([writer.idle(), trimming.stop()]);
		await database.client.close();
	};
	const refuseWhenClosed = () => {
		if (closing !== undefined)
			throw new StoreUnavailable("not-applied", "the store is closed");
	};
	const context = readContext(database, progress, refuseWhenClosed);
	const lists = keptLists();
	return {
		description: `MongoDB database ${database.db.databaseName}`,
		registry: registryReader(context),
		refs: refReader(context, lists),
		entries: entryReader(context, lists),
		commits: commitReader(context),
		drops: dropReader(context),
		merges: mergeReader(context),
		claims: claimReader(context),
		history: historyReader(context),
		work: workReader(context),
		async apply(changes) {
			assertWellFormed(changes);
			refuseWhenClosed();
			return await writer.apply(changes);
		},
		// At a number that has everything: what each request needs.
		ping: () => context.read(async () => undefined),
		close() {
			closing ??= closeAll();
			return closing;
		},
	};
}

function readContext(
	database: Database,
	progress: Progress,
	refuseWhenClosed: () => void,
): ReadContext {
	const first = firstRowReader(database);
	async function readAt<Result>(
		run: (rows: Rows) => Promise<Result>,
	): Promise<Result> {
		refuseWhenClosed();
		try {
			const { answer } = await progress.run(read<Write>(progress.known), (at) =>
				run(rowsAt(database, at, first)),
			);
			return answer as Result;
		} catch (error) {
			if (driverFailure(error) === undefined) throw error;
			throw unavailable("not-applied", error);
		}
	}
	return {
		read: readAt,
		readOver: (run) => readAt((rows) => run(createOverlay(rows))),
	};
}
