import assert from "node:assert/strict";
import type { FileStorage } from "../../src/files/contract.ts";
import type { Store } from "../../src/store/contract.ts";
import { openTestCatalog, type TestCatalog } from "./catalog.ts";

/** Something that a server may die in the middle of. */
export interface Scenario {
	readonly name: string;
	/** Before any death. */
	prepare(catalog: TestCatalog): Promise<unknown>;
	run(catalog: TestCatalog): Promise<unknown>;
	/** Throws unless all of it happened or nothing. */
	check(survivor: TestCatalog): Promise<void>;
}

export interface FirstDeath {
	readonly diesAt: number;
	/** Whether the touch at which it dies has its effect. */
	readonly survivesTouch: boolean;
	/** Planted: a write is acknowledged before it happens. */
	readonly isLazy?: boolean;
	/** Puts something planted around the store. */
	readonly plant?: ((store: Store) => Store) | undefined;
}

/**
 * A server that dies at its n-th touch of store or files, before or after the
 * touch has its effect. The dead neither answer nor clean up.
 */
interface Life {
	touches: number;
	diesAt: number;
	survivesTouch: boolean;
}

class Death extends Error {}

type Touch = <Result>(act: () => Promise<Result>) => Promise<Result>;

function mortal(life: Life): Touch {
	return async (act) => {
		const n = ++life.touches;
		if (n > life.diesAt) throw new Death();
		if (n < life.diesAt) return act();
		if (life.survivesTouch) await act();
		throw new Death();
	};
}

function mortalStore(life: Life, store: Store): Store {
	const touch = mortal(life);
	return {
		...store,
		apply: (changes) => touch(() => store.apply(changes)),
		refs: touched(store.refs, touch),
		entries: touched(store.entries, touch),
		commits: touched(store.commits, touch),
		drops: touched(store.drops, touch),
		claims: touched(store.claims, touch),
	};
}

/** Every method of a reader. */
function touched<Reader extends object>(reader: Reader, touch: Touch): Reader {
	return new Proxy(reader, {
		get(target, name, receiver) {
			const method: unknown = Reflect.get(target, name, receiver);
			if (typeof method !== "function") return method;
			return (...args: unknown[]) =>
				touch(async () => Reflect.apply(method, target, args));
		},
	});
}

function mortalStorage(
	life: Life,
	isLazy: boolean,
	storage: FileStorage,
): FileStorage {
	const touch = mortal(life);
	let owed: (() => Promise<void>)[] = [];
	return {
		...storage,
		read: (location) => touch(() => storage.read(location)),
		exists: (location) => touch(() => storage.exists(location)),
		remove: (locations) => touch(() => storage.remove(locations)),
		write: async (location, bytes) => {
			const write = () => storage.write(location, bytes);
			if (!isLazy) return touch(write);
			owed.push(write);
			setImmediate(async () => {
				const due = owed;
				owed = [];
				if (life.touches < life.diesAt) for (const act of due) await act();
			});
		},
	};
}

/** @returns whether the server lived to the end of the scenario */
export async function runAndDie(
	scenario: Scenario,
	{ diesAt, survivesTouch, isLazy = false, plant }: FirstDeath,
): Promise<boolean> {
	const immortal = Number.POSITIVE_INFINITY;
	const life: Life = { touches: 0, diesAt: immortal, survivesTouch };
	const catalog = await openTestCatalog({
		store: (store) => {
			const seen = mortalStore(life, store);
			return plant?.(seen) ?? seen;
		},
		storage: (storage) => mortalStorage(life, isLazy, storage),
		limits: { metadataCacheBytes: 0 },
	});
	await scenario.prepare(catalog);
	await new Promise(setImmediate);
	life.touches = 0;
	life.diesAt = diesAt;
	let isAlive = true;
	try {
		await scenario.run(catalog);
	} catch (error) {
		// What the dead say of their death is heard by nobody.
		if (life.touches < diesAt) throw error;
		isAlive = false;
	}
	await new Promise(setImmediate);
	life.touches = 0;
	life.diesAt = immortal;
	await scenario.check({ ...catalog, deps: catalog.secondServer() });
	return isAlive;
}

const MOST_TOUCHES = 500;

/**
 * Dies at every touch of a scenario, one after another.
 * @returns how many there are
 */
export async function dieEverywhere(
	scenario: Scenario,
	survivesTouch: boolean,
	plant?: FirstDeath["plant"],
): Promise<number> {
	for (let diesAt = 1; diesAt < MOST_TOUCHES; diesAt++) {
		if (await runAndDie(scenario, { diesAt, survivesTouch, plant }))
			return diesAt;
	}
	assert.fail("the scenario has no end");
}
