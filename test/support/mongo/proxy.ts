import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Spoilage = "drop-answer" | "hold" | "stall";

/** Stands between a store and an engine, and fails as networks do. */
export interface MongoProxy {
	readonly socketPath: string;
	/**
	 * Of the next insert into the log: pass it on and drop the answer, drop the connection and pass it on when told,
	 * or take no more than its beginning in and say nothing.
	 * @param onSpoilt called when the insert is held, or its answer dropped
	 */
	spoilInsert(how: Spoilage, onSpoilt?: () => void): void;
	/** Passes on what is held; resolves when the engine has answered. */
	release(): Promise<void>;
	/** How many inserts were spoilt. */
	readonly spoilt: number;
	/** Takes in so many of the next messages that begin with this, and never answers them. */
	swallow(beginning: string, messages: number): void;
	/** How many connections wait for such an answer. */
	readonly stuck: number;
	/** Ends all connections and takes no new ones, or takes them again. */
	cut(isCut: boolean): void;
	/** Takes everything in and answers nothing, until told otherwise. */
	mute(isMute: boolean): void;
	close(): Promise<void>;
}

/** The beginning of an insert into the collection `log`, as BSON. */
export const LOG_INSERT = beginning("insert", "log");

/** The beginning of a query of a collection. */
export function findIn(collection: string): string {
	return beginning("find", collection);
}

function beginning(command: string, collection: string): string {
	const length = String.fromCharCode(collection.length + 1);
	return `\u0002${command}\u0000${length}\u0000\u0000\u0000${collection}\u0000`;
}

/** What the proxy does now, and what it holds. */
interface Weather {
	isCut: boolean;
	isMute: boolean;
	spoilt: number;
	spoil: Spoilage | undefined;
	onSpoilt: (() => void) | undefined;
	held: { readonly engine: Socket; readonly message: Buffer } | undefined;
	swallow: { readonly beginning: string; left: number } | undefined;
	readonly stuck: Set<Socket>;
	readonly open: Set<Socket>;
}

export async function startProxy(target: string): Promise<MongoProxy> {
	const socketPath = join(tmpdir(), `pangolin-proxy-${randomUUID()}.sock`);
	const weather: Weather = {
		isCut: false,
		isMute: false,
		spoilt: 0,
		spoil: undefined,
		onSpoilt: undefined,
		held: undefined,
		swallow: undefined,
		stuck: new Set(),
		open: new Set(),
	};
	const server = createServer((client) => {
		if (weather.isCut) client.destroy();
		else tie(client, connect(target), weather);
	});
	server.listen(socketPath);
	await once(server, "listening");
	server.unref();
	return {
		socketPath,
		spoilInsert: (how, onSpoilt) => {
			weather.spoil = how;
			weather.onSpoilt = onSpoilt;
		},
		async release() {
			if (weather.held === undefined) throw new Error("nothing is held");
			const { engine, message } = weather.held;
			engine.write(message);
			await once(engine, "data");
			weather.held = undefined;
			engine.destroy();
		},
		get spoilt() {
			return weather.spoilt;
		},
		swallow(beginning, messages) {
			weather.swallow = { beginning, left: messages };
		},
		get stuck() {
			return weather.stuck.size;
		},
		cut(isCut) {
			weather.isCut = isCut;
			if (!isCut) return;
			for (const socket of weather.open)
				if (socket !== weather.held?.engine) socket.destroy();
		},
		mute(isMute) {
			weather.isMute = isMute;
		},
		async close() {
			for (const socket of weather.open) socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
}

/** Passes on what both sides say, as the weather is. */
function tie(client: Socket, engine: Socket, weather: Weather): void {
	let isDropped = false;
	for (const socket of [client, engine]) {
		weather.open.add(socket);
		socket.on("error", () => undefined);
		socket.on("close", () => {
			weather.open.delete(socket);
			weather.stuck.delete(socket);
		});
	}
	client.on("close", () => {
		if (weather.held?.engine !== engine) engine.destroy();
	});
	engine.on("close", () => client.destroy());
	client.on("data", (message: Buffer) => {
		const { isMute, spoil } = weather;
		if (isMute || isSwallowed(client, message, weather)) return;
		if (spoil === undefined || !message.includes(LOG_INSERT)) {
			engine.write(message);
			return;
		}
		weather.spoil = undefined;
		weather.spoilt++;
		if (spoil === "hold") {
			weather.held = { engine, message };
			client.destroy();
			weather.onSpoilt?.();
		} else if (spoil === "stall") {
			client.pause();
		} else {
			isDropped = true;
			engine.write(message);
		}
	});
	engine.on("data", (answer: Buffer) => {
		if (isDropped) {
			client.destroy();
			weather.onSpoilt?.();
		} else if (!weather.isMute) client.write(answer);
	});
}

function isSwallowed(
	client: Socket,
	message: Buffer,
	{ swallow, stuck }: Weather,
): boolean {
	if (swallow === undefined || swallow.left === 0) return false;
	if (!message.includes(swallow.beginning)) return false;
	swallow.left--;
	stuck.add(client);
	return true;
}
