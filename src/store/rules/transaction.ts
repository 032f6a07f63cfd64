/**
 * Changes in place that can be taken back: each step remembers how to undo
 * itself, so that a refused change set leaves nothing behind.
 */
export interface Transaction {
	set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void;
	delete<Key, Value>(map: Map<Key, Value>, key: Key): void;
	/** Inserts at an index, or appends. */
	insert<Value>(list: Value[], index: number, value: Value): void;
	remove<Value>(list: Value[], index: number): void;
	replaceLast<Value>(list: Value[], value: Value): void;
	rollBack(): void;
}

export function beginTransaction(): Transaction {
	const undo: (() => void)[] = [];
	function remember<Key, Value>(map: Map<Key, Value>, key: Key): void {
		const before = map.get(key);
		undo.push(() => {
			if (before === undefined) map.delete(key);
			else map.set(key, before);
		});
	}
	return {
		set(map, key, value) {
			remember(map, key);
			map.set(key, value);
		},
		delete(map, key) {
			remember(map, key);
			map.delete(key);
		},
		insert(list, index, value) {
			undo.push(() => list.splice(index, 1));
			list.splice(index, 0, value);
		},
		remove(list, index) {
			const removed = list.splice(index, 1);
			undo.push(() => list.splice(index, 0, ...removed));
		},
		replaceLast(list, value) {
			const [before] = list.splice(-1, 1, value);
			undo.push(() => {
				if (before !== undefined) list.splice(-1, 1, before);
			});
		},
		rollBack() {
			for (const step of undo.reverse()) step();
		},
	};
}
