import type { MongoClient } from "mongodb";
import { driverFailure, OverdueError } from "./driverErrors.ts";
import type { Limit } from "./limited.ts";

export interface Limits {
	/** What the driver's look at a server takes at most. */
	readonly lookMillis: number;
	/** What an operation takes at most, each batch of a cursor by itself. */
	readonly operationMillis: number;
}

/** Ends the caller's wait for an operation. */
type GiveUp = () => void;

/** A server that was lost is there again: by then its operations have ended, or begun anew and end soon. */
const SOON_MILLIS = 1000;

/** Where nobody has to be looked for, an attempt fails at once: a login that is refused, a name without servers. */
const BETWEEN_ATTEMPTS_MILLIS = 200;

/**
 * Sees to it that whatever the driver is asked to do ends. It writes to a socket
 * that was destroyed and has not said so yet, and then waits for ever for it to
 * take more; so do its looks at the servers, and then it never finds one again.
 * Such an operation keeps its place in the pool. So where anything takes longer
 * than the driver allows itself, or is still under way when a server that was
 * lost meanwhile is there again, the client closes and connects anew.
 */
export function limitDriver(client: MongoClient, limits: Limits): Limit {
	const underWay = new Set<GiveUp>();
	const closeDriver = client.close.bind(client);
	let isClosed = false;
	let isConnecting = false;

	async function close(): Promise<void> {
		// It ends its cursors and sessions at the server first, and they may never end.
		await Promise.race([closeDriver(), passed(limits.operationMillis)]);
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
		// What is asked meanwhile is answered that there is no server.
		while (!isClosed && !(await isConnected(client)))
			await passed(BETWEEN_ATTEMPTS_MILLIS);
		if (isClosed) await close();
		isConnecting = false;
	}

	watchLooks(client, limits.lookMillis, connectAnew);
	watchLosses(client, underWay, connectAnew);
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

/** Kinds of servers of which nothing is asked. */
const UNASKED = new Set(["Unknown", "RSSecondary", "RSArbiter", "RSOther"]);

/** @param onOverdue called when what began before a server was lost did not end soon after it was found again */
function watchLosses(
	client: MongoClient,
	underWay: ReadonlySet<GiveUp>,
	onOverdue: () => void,
): void {
	const losses = new Map<string, readonly GiveUp[]>();
	client.on("serverDescriptionChanged", (change) => {
		const { address, previousDescription, newDescription } = change;
		if (newDescription.type === "Unknown") {
			if (!UNASKED.has(previousDescription.type))
				losses.set(address, [...underWay]);
			return;
		}
		const before = losses.get(address);
		losses.delete(address);
		const check = () => {
			if (before?.some((operation) => underWay.has(operation))) onOverdue();
		};
		setTimeout(check, SOON_MILLIS).unref();
	});
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

/** Resolves when so much time has passed; keeps no process alive. */
function passed(millis: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, millis).unref();
	});
}
