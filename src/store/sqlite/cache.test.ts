import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change, ChangeSet } from "../changes.ts";
import type { Store } from "../contract.ts";
import { createReadCache } from "./cache.ts";
import { openSqliteStore } from "./sqliteStore.ts";
import {
	AT_MAIN,
	commitOf,
	createNamespace,
	filePath,
	SETUP,
	TENANT,
} from "./testFile.ts";

const TOP = {
	parent: createNamespace("a").key.parent,
	kinds: ["namespace"],
} as const;

/** Reads that bypass the cache until a change is visible, then those that may not. */
async function seenAtOnce(
	store: Store,
	change: Change,
	isVisible: () => Promise<boolean>,
	isKnown: () => Promise<boolean>,
): Promise<void> {
	await isKnown();
	const applying = store.apply([change]);
	let isSettled = false;
	applying.then(() => {
		isSettled = true;
	});
	while (!isSettled) {
		if (await isVisible()) {
			assert.equal(await isKnown(), true, "no read goes back");
		} else await isKnown();
		await new Promise((resolve) => setImmediate(resolve));
	}
	assert.equal(await isKnown(), true);
}

describe("a read never sees less than the one before it", () => {
	it("in lists of names", async (test) => {
		const store = await openSqliteStore({ path: filePath(test) });
		await store.apply(SETUP);
		for (let i = 0; i < 20; i++) {
			const create = createNamespace(`n${i}`);
			await seenAtOnce(
				store,
				commitOf([create]),
				async () => Boolean(await store.entries.get(AT_MAIN, create.key)),
				async () => {
					const page = { limit: 99 };
					const names = await store.entries.names(AT_MAIN, TOP, page);
					return names.includes(`n${i}`);
				},
			);
		}
		await store.close();
	});

	it("in what a catalog's name stands for", async (test) => {
		const store = await openSqliteStore({ path: filePath(test) });
		await store.apply(SETUP);
		for (let i = 0; i < 20; i++) {
			const key = { tenant: TENANT, name: "cat" };
			const row = await store.registry.catalog(TENANT, "cat");
			assert.ok(row);
			const properties = { i: String(i) };
			const value = { ...row.value, properties };
			const { version: ifVersion } = row;
			await seenAtOnce(
				store,
				{ op: "update", collection: "catalog", key, value, ifVersion },
				async () => {
					const now = await store.registry.catalog(TENANT, "cat");
					return now?.value.properties.i === String(i);
				},
				async () => {
					const now = await store.refs.locate(TENANT, "cat", "main");
					return now?.catalog.properties.i === String(i);
				},
			);
		}
		await store.close();
	});
});

describe("an entry", () => {
	it("is never older than the last read, and as the change left it in the end", async (test) => {
		const store = await openSqliteStore({ path: filePath(test) });
		await store.apply(SETUP);
		const { key } = createNamespace("n");
		const read = () => store.entries.get(AT_MAIN, key);
		const numbers: number[] = [];
		for (let i = 0; i < 20; i++) {
			const row = await read();
			const change = createNamespace("n");
			const applying = store.apply([
				commitOf([
					row === undefined
						? change
						: {
								op: "replace",
								key,
								entry: change.entry,
								ifVersion: row.version,
							},
				]),
			]);
			let isSettled = false;
			applying.then(() => {
				isSettled = true;
			});
			while (!isSettled) {
				numbers.push((await read())?.version.number ?? 0);
				await new Promise((resolve) => setImmediate(resolve));
			}
			const applied = await applying;
			assert.equal(applied.outcome, "applied");
			numbers.push((await read())?.version.number ?? 0);
			assert.equal(numbers.at(-1), applied.commits[0]?.number);
		}
		assert.deepEqual(
			numbers,
			numbers.toSorted((a, b) => a - b),
		);
		await store.apply([commitOf([{ op: "drop", key }])]);
		assert.equal(await read(), undefined);
		await store.close();
	});
});

describe("the cache", () => {
	const { tenant, line } = AT_MAIN;
	const advance: ChangeSet = [commitOf([])];

	it("keeps what nothing alters, and gives copies", () => {
		const cache = createReadCache();
		const read = () => ["a"];
		const first = cache.names(tenant, line, "page", read);
		first.push("mine");
		const never = () => assert.fail("read again");
		assert.deepEqual(cache.names(tenant, line, "page", never), ["a"]);
		cache.begin(SETUP.slice(0, 1))();
		assert.deepEqual(cache.names(tenant, line, "page", never), ["a"]);
	});

	it("keeps pages of names as long as they take little memory", () => {
		for (const [length, isKept] of [
			[1, true],
			[10_000, false],
		] as const) {
			const cache = createReadCache();
			let reads = 0;
			const ask = (i: number) =>
				cache.names(tenant, line, `${i}${"x".repeat(length)}`, () => {
					reads++;
					return [];
				});
			for (let i = 0; i < 1000; i++) ask(i);
			ask(0);
			assert.equal(reads, isKept ? 1000 : 1001);
		}
	});

	it("keeps entries that no change names, and forgets those that one names", () => {
		const cache = createReadCache();
		const { key, entry } = createNamespace("n");
		const other = createNamespace("o");
		const rowAt = (number: number) => ({
			key,
			entry,
			version: { line, number },
		});
		const numberOf = (of: typeof key, number: number) =>
			cache.entry(tenant, line, of, () => rowAt(number))?.version.number;
		assert.equal(numberOf(key, 1), 1);
		assert.equal(numberOf(other.key, 1), 1);
		const settled = cache.begin([commitOf([createNamespace("n")])]);
		assert.equal(numberOf(key, 2), 2);
		assert.equal(numberOf(other.key, 2), 1);
		settled();
		assert.equal(numberOf(key, 3), 3);
		assert.equal(numberOf(key, 4), 3);
		assert.equal(
			cache.entry(tenant, line, createNamespace("x").key, () => undefined),
			undefined,
		);
		assert.equal(numberOf(createNamespace("x").key, 6), 6);
	});

	it("keeps what a commit wrote, and shows it once no other is under way", () => {
		const cache = createReadCache();
		const created = createNamespace("n");
		const set = [commitOf([created])];
		const shown = () =>
			cache.entry(tenant, line, created.key, () => undefined)?.version.number;
		const applied = (number: number) =>
			({
				outcome: "applied",
				commits: [{ line, number, timeMicros: number }],
			}) as const;
		cache.begin(set)();
		assert.equal(shown(), undefined, "nobody knows what became of it");
		cache.begin(set)({
			outcome: "refused",
			reason: "exists",
			at: { change: 0 },
		});
		assert.equal(shown(), undefined);
		const [first, second] = [cache.begin(set), cache.begin(set)];
		first(applied(1));
		assert.equal(shown(), undefined, "the second may have replaced it");
		second(applied(2));
		assert.equal(shown(), 2);
		const { key } = created;
		const drop = cache.begin([commitOf([{ op: "drop", key }])]);
		drop(applied(3));
		assert.equal(shown(), undefined);
	});

	it("keeps nothing of a line while it is written, and forgets it then", () => {
		const cache = createReadCache();
		const names = (value: string) =>
			cache.names(tenant, line, "page", () => [value]);
		assert.deepEqual(names("old"), ["old"]);
		const first = cache.begin(advance);
		const second = cache.begin(advance);
		assert.deepEqual(names("x"), ["x"]);
		first();
		assert.deepEqual(names("y"), ["y"]);
		second();
		assert.deepEqual(names("new"), ["new"]);
		assert.deepEqual(names("kept"), ["new"]);
	});
});
