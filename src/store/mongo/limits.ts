import type { MongoClient } from "mongodb";
import type { Report } from "./background.ts";
import { attempts } from "./background.ts";
import { OverdueError } from "./driverErrors.ts";
import type { Limit } from "./limited.ts";

export interface Limits {
	/** What the driver's look at a server takes at most. */
	readonly lookMillis: number;
	/** What an operation takes at most, each batch of a cursor by itself. */
	readonly operationMillis: number;
	/** How long an operation from before a server was lost may still take when it is found again. */
	readonly againMillis: number;
}

/** Ends the caller's wait for an operation. */
type GiveUp = () => void;

/** Where nobody has to be looked for, an attempt fails at once: a login that is refused, a name without servers. */
const BETWEEN_ATTEMPTS_MILLIS = 200;

/**
 * Sees to it that whatever the driver is asked to do ends. It writes to a socket
 * that was destroyed and has not said so yet, and then waits for ever for it to
 * take more; so do its looks at the servers, and then it never finds one again.
 * Such an operation keeps its place in the pool. So where anything takes longer
 * than the driver allows itself, or is still under way when a server that was
 * lost meanwhile is there again, the client closes and connects anew. It looks
 * for the server until it is closed, whatever goes wrong.
 * @param report is told once of what keeps it from connecting, beside a server that is away
 */
export function limitDriver(
	client: MongoClient,
	limits: Limits,
	report: Report,
): Limit {
	const underWay = new Set<GiveUp>();
	const closeDriver = client.close.bind(client);
	let isClosed = false;
	let isConnecting = false;
	// That the server is away is what all who ask are told.
	const succeeds = attempts("the connection to MongoDB", report, Infinity);

	async function close(): Promise<void> {
		try {
			// It ends its cursors and sessions at the server first, and they may never end.
			await Promise.race([closeDriver(), passed(limits.operationMillis)]);
		} finally {
			// The driver has ended all that it can end.
			for (const giveUp of underWay) giveUp();
		}
	}
	client.close = async () => {
		isClosed = true;
		await close();
	};
	async function connectAnew(): Promise<void> {
		if (isConnecting) return;
		isConnecting = true;
		await succeeds(close);
		// What is asked meanwhile is answered that there is no server.
		while (!isClosed && !(await succeeds(() => client.connect())))
			await passed(BETWEEN_ATTEMPTS_MILLIS);
		if (isClosed) await succeeds(close);
		isConnecting = false;
	}

	watchLooks(client, limits.lookMillis, connectAnew);
	watchLosses(client, underWay, limits.againMillis, connectAnew);
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

/** @param onOverdue called when what began before a server was lost has not ended so long after it was found again */
function watchLosses(
	client: MongoClient,
	underWay: ReadonlySet<GiveUp>,
	againMillis: number,
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
		setTimeout(check, againMillis).unref();
	});
}

/** Resolves when so much time has passed; keeps no process alive. */
function passed(millis: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, millis).unref();
	});
}
