import { after } from "node:test";
import { MongoClient } from "mongodb";
import type { Place } from "../../../src/store/conformance/moving.ts";
import type { Store } from "../../../src/store/contract.ts";
import type { MongoOptions } from "../../../src/store/mongo/database.ts";
import { openMongoStore } from "../../../src/store/mongo/mongoStore.ts";
import { openMongoMover } from "../../../src/store/mongo/mover.ts";
import { freshMongoUrl } from "./mongo.ts";

/** Databases with our schema that no open store uses. */
const free: string[] = [];

/** A store in a database of the tests' engine with nothing in it. */
export async function openEmptyMongo(
	options: Partial<MongoOptions> = {},
): Promise<Store> {
	const url = await emptyUrl();
	const store = await openMongoStore({ url, ...options });
	let closing: Promise<void> | undefined;
	return {
		...store,
		close() {
			closing ??= store.close().then(() => void free.push(url));
			return closing;
		},
	};
}

async function emptyUrl(): Promise<string> {
	const known = free.pop();
	if (known !== undefined) await empty(known);
	return known ?? (await freshMongoUrl());
}

/** The newest stores and movers that tests do not close themselves. */
const recent: Pick<Store, "close">[] = [];
/** No test uses more at once. */
const MOST_RECENT = 8;
// Open connections would keep the process from its end.
after(() => Promise.all(recent.splice(0).map((store) => store.close())));

/** The same, closed when some more were opened: for tests that let go of their stores. */
export async function openRecycledMongo(): Promise<Store> {
	const store = await openEmptyMongo();
	await recycle(store);
	return store;
}

async function recycle(opened: Pick<Store, "close">): Promise<void> {
	recent.push(opened);
	if (recent.length > MOST_RECENT) await recent.shift()?.close();
}

/** An empty database, for its server and for who moves it; taken again when some more were asked for. */
export async function openMongoPlace(): Promise<Place> {
	const url = await emptyUrl();
	const mover = openMongoMover({ url });
	await recycle({
		close: async () => {
			await mover.close();
			free.push(url);
		},
	});
	return { mover, open: () => openMongoStore({ url }) };
}

/** Nobody is said to have written: those who come would wait for them. */
const UNDERIVED = { $set: { n: 0 }, $unset: { writers: "" } };

/** Empties a database and keeps its schema. */
async function empty(url: string): Promise<void> {
	const client = new MongoClient(url);
	const db = client.db();
	const collections = await db.collections();
	await Promise.all(
		collections.map((each) =>
			each.collectionName === "meta"
				? each.updateOne({ _id: "derived" as never }, UNDERIVED)
				: each.deleteMany({}),
		),
	);
	await client.close();
}
