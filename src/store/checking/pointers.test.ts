import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { forget, moved, T, tag } from "../conformance/pastRows.ts";
import type { World } from "../conformance/world.ts";
import {
	applied,
	commit,
	createNamespace,
	createTable,
	insertLine,
	insertRef,
	newWorld,
	objectKey,
} from "../conformance/world.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import { openMemoryMover } from "../memory/moving.ts";
import { emptyState } from "../rules/state.ts";
import { pointersOf } from "./pointers.ts";

/** A world whose table was moved twice, and the last parts of the files that its pointers name. */
async function movedWorld() {
	const state = emptyState();
	const world = await newWorld(openMemoryStore(state), {
		fresh: (prefix) => `${prefix}-${randomUUID()}`,
		openEmpty: () => Promise.reject(new Error("there is one store")),
	});
	await moved(world, 3);
	const files = async () => {
		const rows = openMemoryMover(state).dump(undefined);
		const pointers = await Array.fromAsync(pointersOf(rows));
		return pointers
			.map(({ metadataLocation }) => metadataLocation.split("/").at(-1))
			.sort();
	};
	return { state, world, files };
}

/** A fork of the world's line, or of another, with a branch of its own unless told otherwise. */
async function branch(
	{ store, tenant, catalog, line, tools }: World,
	number: number,
	fields: {
		readonly from?: LineId;
		readonly filter?: [typeof T];
		readonly isBare?: boolean;
	} = {},
): Promise<LineId> {
	const id = brandId<LineId>(tools.fresh("branch"));
	const parent = { line: fields.from ?? line, number };
	const filter = fields.filter ?? null;
	await applied(store, [insertLine({ tenant, catalog, id, parent, filter })]);
	if (fields.isBare !== true)
		await applied(store, [insertRef({ tenant, catalog, name: id, line: id })]);
	return id;
}

const dropT = { op: "drop", key: T } as const;

describe("the pointers of a store", () => {
	it("are what a branch shows, with their names", async () => {
		const { state, world, files } = await movedWorld();
		assert.deepEqual(await files(), ["3"]);
		const rows = openMemoryMover(state).dump(undefined);
		const [pointer] = await Array.fromAsync(pointersOf(rows));
		assert.deepEqual(
			[pointer?.tenant, pointer?.catalog, pointer?.warehouse, pointer?.key],
			[world.tenant, "cat", "wh", T],
		);
	});

	it("are what tags show, whatever came later", async () => {
		const { world, files } = await movedWorld();
		await applied(world.store, [tag(world, "v1", 1), tag(world, "v1b", 1)]);
		await commit(world, [dropT]);
		await applied(world.store, [forget(world, [2])]);
		assert.deepEqual(await files(), ["1"]);
	});

	it("are what a branch inherits until it writes something else there", async () => {
		const { world, files } = await movedWorld();
		const line = await branch(world, 2);
		assert.deepEqual(await files(), ["2", "3"]);
		await commit(world, [dropT], { line });
		assert.deepEqual(await files(), ["3"]);
	});

	it("are what a tag on a branch inherits though the branch dropped it", async () => {
		const { world, files } = await movedWorld();
		const line = await branch(world, 2);
		await commit(world, [createNamespace(world, "b")], { line });
		await applied(world.store, [tag({ ...world, line }, "v", 1)]);
		await commit(world, [dropT], { line });
		assert.deepEqual(await files(), ["2", "3"]);
	});

	it("are what a branch of a branch inherits from the first line", async () => {
		const { world, files } = await movedWorld();
		const middle = await branch(world, 1, { isBare: true });
		assert.deepEqual(await files(), ["3"]);
		await branch(world, 0, { from: middle });
		assert.deepEqual(await files(), ["1", "3"]);
		await commit(world, [dropT], { line: middle });
		assert.deepEqual(await files(), ["1", "3"]);
	});

	it("are not what a branch of a branch was never shown", async () => {
		const { world, files } = await movedWorld();
		const middle = await branch(world, 1, { isBare: true });
		await commit(world, [dropT], { line: middle });
		await branch(world, 1, { from: middle });
		assert.deepEqual(await files(), ["3"]);
	});

	it("are what a filter lets through", async () => {
		const { world, files } = await movedWorld();
		await branch(world, 2, { filter: [objectKey(["a"], "other")] });
		assert.deepEqual(await files(), ["3"]);
		await branch(world, 2, { filter: [T] });
		assert.deepEqual(await files(), ["2", "3"]);
	});

	it("are not what lines without a ref show", async () => {
		const { world, files } = await movedWorld();
		const line = await branch(world, 3, { isBare: true });
		await commit(world, [createTable(world, ["a"], "u")], { line });
		assert.deepEqual(await files(), ["3"]);
	});
});
