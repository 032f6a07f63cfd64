import type { FileStorage } from "../../src/files/contract.ts";
import type { Store } from "../../src/store/contract.ts";

/**
 * A server that dies at its n-th touch of store or files, before or after the
 * touch has its effect. The dead neither answer nor clean up.
 */
export interface Life {
	touches: number;
	diesAt: number;
	survivesTouch: boolean;
}

export class Death extends Error {}

/** Acts, or dies. */
export function mortal(life: Life) {
	return async function touch<Result>(
		act: () => Promise<Result>,
	): Promise<Result> {
		const n = ++life.touches;
		if (n > life.diesAt) throw new Death();
		if (n < life.diesAt) return act();
		if (life.survivesTouch) await act();
		throw new Death();
	};
}

export function mortalStore(life: Life): (store: Store) => Store {
	const touch = mortal(life);
	return (store) => ({
		...store,
		apply: (changes) => touch(() => store.apply(changes)),
		registry: mortalReader(store.registry, touch),
		refs: mortalReader(store.refs, touch),
		entries: mortalReader(store.entries, touch),
		commits: mortalReader(store.commits, touch),
		merges: mortalReader(store.merges, touch),
		drops: mortalReader(store.drops, touch),
		claims: mortalReader(store.claims, touch),
		work: mortalReader(store.work, touch),
	});
}

function mortalReader<Reader extends object>(
	reader: Reader,
	touch: ReturnType<typeof mortal>,
): Reader {
	return new Proxy(reader, {
		get(target, name, receiver) {
			const read: unknown = Reflect.get(target, name, receiver);
			return typeof read === "function"
				? (...args: unknown[]) =>
						touch(async () => Reflect.apply(read, target, args))
				: read;
		},
	});
}

/** @param isLazy planted: a write is acknowledged before it happens */
export function mortalStorage(
	life: Life,
	isLazy: boolean,
): (storage: FileStorage) => FileStorage {
	const touch = mortal(life);
	let owed: (() => Promise<void>)[] = [];
	return (storage) => ({
		...storage,
		read: (location) => touch(() => storage.read(location)),
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
	});
}
