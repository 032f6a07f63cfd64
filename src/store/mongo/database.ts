import type { Collection, Db, MongoClientOptions } from "mongodb";
import { MongoClient } from "mongodb";
import type { RowCollection, RowDocument } from "./collections.ts";
import { driverFailure } from "./driverErrors.ts";
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
}

export interface Database {
	readonly client: MongoClient;
	readonly db: Db;
	readonly log: Collection<LogDocument>;
	readonly parts: Collection<PartDocument>;
	readonly meta: Collection<MetaDocument>;
	/** Reads of the tail: see README.md, "Concerns". */
	readonly tails: Collection<LogDocument>;
	rows(collection: RowCollection): Collection<RowDocument>;
}

const WRITE = { w: "majority", journal: true } as const;

/**
 * How often the driver looks whether the server is there, and how soon it looks
 * again: never at once. A look in the moment in which all connections end waits
 * for ever on one that is not known to have ended, and the server is not found again.
 */
const HEARTBEAT_MILLIS = 1000;

/** Connects; nothing is created. */
export async function connect(options: MongoOptions): Promise<Database> {
	const { url, databaseName, timeoutMillis = 5000 } = options;
	// Less than all of it, so that a look that got stuck is over in time.
	const connectMillis = timeoutMillis * 0.8;
	const settings: MongoClientOptions = {
		appName: "pangolin",
		maxPoolSize: options.maxConnections ?? 20,
		connectTimeoutMS: connectMillis,
		serverSelectionTimeoutMS: timeoutMillis,
		socketTimeoutMS: options.answerMillis ?? timeoutMillis,
		waitQueueTimeoutMS: timeoutMillis,
		heartbeatFrequencyMS: HEARTBEAT_MILLIS,
		minHeartbeatFrequencyMS: HEARTBEAT_MILLIS,
		readPreference: "primary",
		writeConcern: WRITE,
		readConcern: { level: "majority" },
		ignoreUndefined: true,
	};
	const client = new MongoClient(url, settings);
	reviveMonitor(client, connectMillis + 200);
	try {
		await client.connect();
		return await databaseOf(client, databaseName);
	} catch (error) {
		await client.close();
		throw error;
	}
}

/**
 * A look that comes by itself in that moment may still never end. So where one
 * takes longer than the driver itself allows, the client closes and connects anew.
 */
function reviveMonitor(client: MongoClient, afterMillis: number): void {
	const close = client.close.bind(client);
	let isClosed = false;
	client.close = async () => {
		isClosed = true;
		await close();
	};
	async function connectAnew(): Promise<void> {
		await close();
		// Each time takes as long as a server is looked for; what is asked meanwhile is answered that there is none.
		while (!isClosed && !(await isConnected(client)));
		if (isClosed) await close();
	}
	const looks = new Map<string, NodeJS.Timeout>();
	const end = ({ connectionId }: { connectionId: string }) => {
		clearTimeout(looks.get(connectionId));
		looks.delete(connectionId);
	};
	client.on("serverHeartbeatStarted", (look) => {
		end(look);
		// With a replica set the answer to this look may take its time.
		if (look.awaited) return;
		const timer = setTimeout(() => void connectAnew(), afterMillis);
		looks.set(look.connectionId, timer.unref());
	});
	client.on("serverHeartbeatSucceeded", end);
	client.on("serverHeartbeatFailed", end);
	client.on("serverClosed", ({ address }) => end({ connectionId: address }));
}

async function isConnected(client: MongoClient): Promise<boolean> {
	try {
		await client.connect();
		return true;
	} catch (error) {
		if (driverFailure(error) === undefined) throw error;
		return false;
	}
}

async function databaseOf(
	client: MongoClient,
	name: string | undefined,
): Promise<Database> {
	const db = client.db(name);
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
