import type { Collection, Db, MongoClientOptions } from "mongodb";
import { MongoClient } from "mongodb";
import type { Report } from "./background.ts";
import { warn } from "./background.ts";
import type { RowCollection, RowDocument } from "./collections.ts";
import type { Limit } from "./limited.ts";
import { limited } from "./limited.ts";
import type { Limits } from "./limits.ts";
import { limitDriver } from "./limits.ts";
import type { LogDocument, MetaDocument, PartDocument } from "./log.ts";

export interface MongoOptions {
	/** `mongodb://` or `mongodb+srv://`; may hold a password. */
	readonly url: string;
	/** Default: the one in the URL. */
	readonly databaseName?: string | undefined;
	/** Connections at most. Default 20. */
	readonly maxConnections?: number | undefined;
	/** Change sets waiting at most; further ones are refused `not-applied`. Default 1,024. */
	readonly maxQueued?: number | undefined;
	/** How long a commit is looked for after an answer was lost. Default 10 s. */
	readonly settleMillis?: number | undefined;
	/** How long a server is looked for, and an answer waited for. Default 5 s. */
	readonly timeoutMillis?: number | undefined;
	/** How long an answer is waited for, where that is not the same. */
	readonly answerMillis?: number | undefined;
	/** When what many wait behind is asked a second time. Default 1 s: far more than it takes. */
	readonly soonMillis?: number | undefined;
	/** Is told what goes wrong where nobody waits for it. Default: a warning of Node's. */
	readonly report?: Report | undefined;
}

export interface Database {
	readonly client: MongoClient;
	readonly db: Db;
	readonly log: Collection<LogDocument>;
	readonly parts: Collection<PartDocument>;
	readonly meta: Collection<MetaDocument>;
	/** Reads of the tail: see README.md, "Concerns". */
	readonly tails: Collection<LogDocument>;
	/** See `askTwice`. */
	readonly soonMillis: number;
	rows(collection: RowCollection): Collection<RowDocument>;
}

const WRITE = { w: "majority", journal: true } as const;

/**
 * How often the driver looks whether the server is there, and how soon it looks
 * again: never at once. A look in the moment in which all connections end waits
 * for ever on one that is not known to have ended, and the server is not found again.
 */
const HEARTBEAT_MILLIS = 1000;

/**
 * After a loss of the server the driver ends what was under way, and begins
 * reads anew. Such an answer may well take longer than this, and is then given up
 * for nothing: a request is answered 503 once, a commit is asked for again. Waiting
 * for as long as an answer may take would cost more: what never ends has one of the
 * two places of reads, or the one of commits, and all others wait behind it.
 */
const AGAIN_MILLIS = 1000;

const SOON_MILLIS = 1000;

/** Less than all of the time, so that a look that got stuck is over in time. */
const CONNECT_SHARE = 0.8;

export function limitsOf({
	timeoutMillis = 5000,
	answerMillis,
}: Pick<MongoOptions, "timeoutMillis" | "answerMillis">): Limits {
	return {
		lookMillis: timeoutMillis * CONNECT_SHARE + 200,
		// To find a server, a connection, and the answer.
		operationMillis: 2 * timeoutMillis + (answerMillis ?? timeoutMillis),
		// Where answers are known to take long, nobody waits behind one.
		againMillis: answerMillis ?? AGAIN_MILLIS,
	};
}

/** Connects; nothing is created. */
export async function connect(options: MongoOptions): Promise<Database> {
	const { url, databaseName, timeoutMillis = 5000 } = options;
	const { answerMillis = timeoutMillis, report = warn } = options;
	const connectMillis = timeoutMillis * CONNECT_SHARE;
	const settings: MongoClientOptions = {
		appName: "pangolin",
		maxPoolSize: options.maxConnections ?? 20,
		connectTimeoutMS: connectMillis,
		serverSelectionTimeoutMS: timeoutMillis,
		socketTimeoutMS: answerMillis,
		waitQueueTimeoutMS: timeoutMillis,
		heartbeatFrequencyMS: HEARTBEAT_MILLIS,
		minHeartbeatFrequencyMS: HEARTBEAT_MILLIS,
		readPreference: "primary",
		writeConcern: WRITE,
		readConcern: { level: "majority" },
		ignoreUndefined: true,
	};
	const client = new MongoClient(url, settings);
	const limit = limitDriver(client, limitsOf(options), report);
	try {
		await client.connect();
		const { soonMillis = SOON_MILLIS } = options;
		const database = await databaseOf(client, databaseName, limit);
		return { ...database, soonMillis };
	} catch (error) {
		await client.close();
		throw error;
	}
}

async function databaseOf(
	client: MongoClient,
	name: string | undefined,
	limit: Limit,
): Promise<Omit<Database, "soonMillis">> {
	const db = limited(client.db(name), limit);
	const hello = await db.command({ hello: 1 });
	// Alone it has no majority to ask; in a set an old primary must not answer for the new one.
	const isAlone = hello.setName === undefined && hello.msg !== "isdbgrid";
	const readConcern = { level: isAlone ? "local" : "linearizable" } as const;
	return {
		client,
		db,
		log: db.collection("log"),
		parts: db.collection("part"),
		meta: db.collection("meta"),
		tails: db.collection("log", { readConcern }),
		rows: (collection) => db.collection(collection),
	};
}
