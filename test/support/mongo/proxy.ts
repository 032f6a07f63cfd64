import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Stands between a store and an engine, and fails as networks do. */
export interface MongoProxy {
	readonly socketPath: string;
	/** Of the next insert into the log: pass it on and drop the answer, or drop the connection and pass it on when told. */
	spoilInsert(how: "drop-answer" | "hold"): void;
	/** Passes on what is held; resolves when the engine has answered. */
	release(): Promise<void>;
	/** How many inserts were spoilt. */
	readonly spoilt: number;
	/** Ends all connections and takes no new ones, or takes them again. */
	cut(isCut: boolean): void;
	/** Takes everything in and answers nothing, until told otherwise. */
	mute(isMute: boolean): void;
	close(): Promise<void>;
}

/** The beginning of an insert into the collection `log`, as BSON. */
const LOG_INSERT = Buffer.from(
	"\u0002insert\u0000\u0004\u0000\u0000\u0000log\u0000",
);

export async function startProxy(target: string): Promise<MongoProxy> {
	const socketPath = join(tmpdir(), `pangolin-proxy-${randomUUID()}.sock`);
	const open = new Set<Socket>();
	const state = { isCut: false, isMute: false, spoilt: 0 };
	let spoil: "drop-answer" | "hold" | undefined;
	let held: { engine: Socket; message: Buffer } | undefined;

	const server = createServer((client) => {
		if (state.isCut) {
			client.destroy();
			return;
		}
		const engine = connect(target);
		let isDropped = false;
		for (const socket of [client, engine]) {
			open.add(socket);
			socket.on("error", () => undefined);
			socket.on("close", () => open.delete(socket));
		}
		client.on("close", () => held?.engine === engine || engine.destroy());
		engine.on("close", () => client.destroy());
		client.on("data", (message: Buffer) => {
			if (state.isMute) return;
			if (spoil === undefined || !message.includes(LOG_INSERT)) {
				engine.write(message);
				return;
			}
			state.spoilt++;
			if (spoil === "hold") {
				held = { engine, message };
				client.destroy();
			} else {
				isDropped = true;
				engine.write(message);
			}
			spoil = undefined;
		});
		engine.on("data", (answer: Buffer) => {
			if (isDropped) client.destroy();
			else if (!state.isMute) client.write(answer);
		});
	});
	server.listen(socketPath);
	await once(server, "listening");
	server.unref();
	return {
		socketPath,
		spoilInsert: (how) => {
			spoil = how;
		},
		async release() {
			if (held === undefined) throw new Error("nothing is held");
			const { engine, message } = held;
			engine.write(message);
			await once(engine, "data");
			held = undefined;
			engine.destroy();
		},
		get spoilt() {
			return state.spoilt;
		},
		cut(isCut) {
			state.isCut = isCut;
			if (!isCut) return;
			for (const socket of open) if (socket !== held?.engine) socket.destroy();
		},
		mute(isMute) {
			state.isMute = isMute;
		},
		async close() {
			for (const socket of open) socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
}
