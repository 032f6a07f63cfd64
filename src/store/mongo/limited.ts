import { AbstractCursor, Collection } from "mongodb";

/** Settles as the operation does, or in time with an `OverdueError`. */
export type Limit = <Result>(operation: Promise<Result>) => Promise<Result>;

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
