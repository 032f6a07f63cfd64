import type { StoreMover } from "../moving.ts";
import type { Database, MongoOptions } from "./database.ts";
import { connect } from "./database.ts";
import { driverFailure, openFailure } from "./driverErrors.ts";
import { countRows, dumpRows } from "./dump.ts";
import { unavailable } from "./entries.ts";
import { loadRows } from "./load.ts";
import type { Write } from "./log.ts";
import { migrate, requireMigrated } from "./migrate.ts";
import type { Progress } from "./progress.ts";
import { createProgress } from "./progress.ts";
import { read } from "./protocol.ts";

interface Opened {
	readonly database: Database;
	readonly progress: Progress;
}

/** Counting a large collection takes longer than any answer to a request. */
const ANSWER_MILLIS = 120_000;

/** Moves what one MongoDB database holds, also beside servers. Connects when it is first used. */
export function openMongoMover(options: MongoOptions): StoreMover {
	let opening: Promise<Opened> | undefined;
	const open = () => {
		opening ??= openDatabase(options);
		return opening;
	};
	return {
		async *dump(tenant) {
			const opened = await open();
			try {
				yield* dumpRows(opened.database, await newest(opened), tenant);
			} catch (error) {
				throw toUnavailable(error);
			}
		},
		async count(tenant) {
			const opened = await open();
			return await translated(async () =>
				countRows(opened.database, await newest(opened), tenant),
			);
		},
		async load(tenant, rows) {
			const { database, progress } = await open();
			return await translated(async () => {
				await migrate(database);
				return await loadRows(database, progress, tenant, rows);
			});
		},
		async close() {
			await (await opening)?.database.client.close();
		},
	};
}

/** A number that has everything that was applied so far. */
async function newest({ database, progress }: Opened): Promise<number> {
	await requireMigrated(database);
	const nothing = async () => undefined;
	return (await progress.run(read<Write>(progress.known), nothing)).at;
}

/**
 * Reads a database at a number that has everything that was applied so far.
 * @throws StoreUnavailable, PangolinError `unavailable`
 */
export async function atNewest<Result>(
	options: MongoOptions,
	run: (database: Database, at: number) => Promise<Result>,
): Promise<Result> {
	const opened = await openDatabase(options);
	try {
		return await translated(async () =>
			run(opened.database, await newest(opened)),
		);
	} finally {
		await opened.database.client.close();
	}
}

async function openDatabase(options: MongoOptions): Promise<Opened> {
	const { settleMillis = 10_000 } = options;
	try {
		const database = await connect({ answerMillis: ANSWER_MILLIS, ...options });
		return { database, progress: createProgress(database, { settleMillis }) };
	} catch (error) {
		throw openFailure(error);
	}
}

async function translated<Result>(run: () => Promise<Result>): Promise<Result> {
	try {
		return await run();
	} catch (error) {
		throw toUnavailable(error);
	}
}

function toUnavailable(error: unknown): unknown {
	if (driverFailure(error) === undefined) return error;
	return unavailable("not-applied", error);
}
