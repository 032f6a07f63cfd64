import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import type { EntryKey, MergedParent } from "../records.ts";
import type { World } from "./world.ts";
import {
	commit,
	createNamespace,
	insertRef,
	objectKey,
	shown,
	tableEntry,
} from "./world.ts";

export const T = objectKey(["a"], "t");
export const SECOND = 1_000_000;
export const EVER = { fromMicros: 0, toMicros: 99 * SECOND };

/**
 * A line whose commit 1 made a table and whose commits 2 to `count` moved it;
 * commit N is of second N and names the file `${folder}N`.
 */
export async function moved(world: World, count: number, line = world.line) {
	const { tools, tenant } = world;
	const folder = `memory:///${tools.fresh("folder")}/`;
	const id = tableEntry(tools).id;
	const entry = (number: number) =>
		tableEntry(tools, { id, location: `${folder}${number}` });
	await commit(
		world,
		[createNamespace(world, "a"), { op: "create", key: T, entry: entry(1) }],
		{ line, nowMicros: SECOND },
	);
	for (let number = 2; number <= count; number++) {
		const { version } = await shown(world, T, { tenant, line });
		await commit(
			world,
			[{ op: "replace", key: T, entry: entry(number), ifVersion: version }],
			{ line, nowMicros: number * SECOND },
		);
	}
	return { folder, asset: id };
}

export async function expiredNumbers(
	{ store, tenant, line }: World,
	ended: { fromMicros: number; toMicros: number } = EVER,
	limit = 99,
): Promise<number[]> {
	const rows = await store.history.expired(tenant, line, ended, limit);
	return rows.map(({ number }) => number);
}

export function forget(
	{ tenant, line }: World,
	numbers: readonly number[],
	toMicros: number = EVER.toMicros,
	key: EntryKey = T,
): Change {
	const rows = numbers.map((number) => ({ key, number }));
	return { op: "forget", tenant, line, rows, toMicros };
}

export function tag(world: World, name: string, number: number): Change {
	const { tenant, catalog, line } = world;
	return insertRef({ tenant, catalog, name, line, kind: "tag", number });
}

export function merge(
	world: World,
	line: LineId,
	second: number,
	...mergedParents: MergedParent[]
) {
	const by = { author: brandId<never>("a"), authorName: "A", message: "" };
	const id = brandId<never>(world.tools.fresh("merge"));
	const made = { id, mergedParents, ...by };
	return commit(world, [], { line, nowMicros: second * SECOND, commit: made });
}

export async function garbageFiles({ store, tenant, catalog }: World) {
	const found = await store.history.garbage(tenant, catalog, { limit: 99 });
	return found.map(({ metadataLocation }) => metadataLocation);
}

export async function keptNumbers(
	{ store, tenant }: World,
	line: LineId,
	upTo: number,
): Promise<number[]> {
	const kept: number[] = [];
	for (let number = 0; number <= upTo; number++)
		if (await store.history.isKept(tenant, line, number)) kept.push(number);
	return kept;
}
