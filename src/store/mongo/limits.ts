import type { MongoClient } from "mongodb";
import { AbstractCursor, Collection } from "mongodb";
import { driverFailure, OverdueError } from "./driverErrors.ts";

/** Settles as the operation does, or in time with an `OverdueError`. */
export type Limit = <Result>(operation: Promise<Result>) => Promise<Result>;

export interface Limits {
	/** What the driver's look at a server takes at most. */
	readonly lookMillis: number;
	/** What an operation takes at most, each batch of a cursor by itself. */
	readonly operationMillis: number;
}

/**
 * Sees to it that whatever the driver is asked to do ends. It writes to a socket
 * that was destroyed and has not said so yet, and then waits for ever for it to
 * take more; so do its looks at the servers, and then it never finds one again.
 * Such an operation keeps its place in the pool. So where anything takes longer
 * than the driver allows itself, the client closes and connects anew.
 */
export function limitDriver(client: MongoClient, limits: Limits): Limit {
	const underWay = new Set<() => void>();
	const closeDriver = client.close.bind(client);
	let isClosed = false;
	let isConnecting = false;

	async function close(): Promise<void> {
		await closeDriver();
		// The driver has ended all that it can end.
		for (const giveUp of underWay) giveUp();
	}
	client.close = async () => {
		isClosed = true;
		await close();
	};
	async function connectAnew(): Promise<void> {
		if (isConnecting) return;
		isConnecting = true;
		await close();
		// Each time takes as long as a server is looked for; what is asked meanwhile is answered that there is none.
		while (!isClosed && !(await isConnected(client)));
		if (isClosed) await close();
		isConnecting = false;
	}

	watchLooks(client, limits.lookMillis, connectAnew);
	return (operation) =>
		new Promise((resolve, reject) => {
			const giveUp = () => {
				end();
				reject(new OverdueError("the driver did not end an operation"));
			};
			const timer = setTimeout(() => {
				giveUp();
				void connectAnew();
			}, limits.operationMillis);
			const end = () => {
				clearTimeout(timer);
				underWay.delete(giveUp);
			};
			underWay.add(giveUp);
			operation.finally(end).then(resolve, reject);
		});
}

function watchLooks(
	client: MongoClient,
	millis: number,
	onOverdue: () => void,
): void {
	const looks = new Map<string, NodeJS.Timeout>();
	const end = ({ connectionId }: { connectionId: string }) => {
		clearTimeout(looks.get(connectionId));
		looks.delete(connectionId);
	};
	client.on("serverHeartbeatStarted", (look) => {
		end(look);
		// With a replica set the answer to this look may take its time.
		if (look.awaited) return;
		looks.set(look.connectionId, setTimeout(onOverdue, millis).unref());
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

/** A collection, database or cursor of the driver, all of whose operations are limited. */
export function limited<Target extends object>(
	target: Target,
	limit: Limit,
): Target {
	return new Proxy(target, {
		get(_, name) {
			if (target instanceof AbstractCursor && name === "toArray")
				return () => allOf(target, limit);
			const value: unknown = Reflect.get(target, name);
			if (typeof value !== "function") return value;
			return (...args: unknown[]) => {
				const result: unknown = Reflect.apply(value, target, args);
				if (result instanceof Promise) return limit(result);
				return isOfDriver(result) ? limited(result, limit) : result;
			};
		},
	});
}

function isOfDriver(result: unknown): result is object {
	if (result instanceof Collection) return true;
	return result instanceof Object && Symbol.asyncIterator in result;
}

/** Batch after batch, since all together may take long. */
async function allOf<Row>(
	cursor: AbstractCursor<Row>,
	limit: Limit,
): Promise<Row[]> {
	const all: Row[] = [];
	while (await limit(cursor.hasNext()))
		for (const row of cursor.readBufferedDocuments()) all.push(row);
	return all;
}
