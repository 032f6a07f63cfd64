import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { openTestCatalog } from "../../../../test/support/catalog.ts";
import {
	assertFindsPlanted,
	checkProperty,
} from "../../../../test/support/property.ts";
import { checkPlaces } from "../../../store/checking/checkPlaces.ts";
import { checkRows } from "../../../store/checking/checkRows.ts";
import { pointersOf } from "../../../store/checking/pointers.ts";
import { openMemoryStore } from "../../../store/memory/memoryStore.ts";
import { openMemoryMover } from "../../../store/memory/moving.ts";
import type { MovedRow } from "../../../store/moving.ts";
import { emptyState } from "../../../store/rules/state.ts";
import { compare } from "./comparing.ts";
import { operations } from "./operations.ts";

const STEPS = 40;

/** Random operations on a catalog, after which a check finds nothing wrong. */
const isSound = (isLeft: (row: MovedRow) => boolean = () => true) =>
	fc.asyncProperty(operations(STEPS), async (drawn) => {
		const state = emptyState();
		const catalog = await openTestCatalog({
			openStore: () => openMemoryStore(state),
		});
		await compare(catalog, drawn);
		async function* rows() {
			for await (const row of openMemoryMover(state).dump(undefined))
				if (isLeft(row)) yield row;
		}
		assert.deepEqual(await checkRows(rows()), []);
		assert.deepEqual(await checkPlaces(rows()), []);
		for await (const { metadataLocation } of pointersOf(rows())) {
			const location = catalog.storage.canonical(metadataLocation);
			assert.ok(await catalog.storage.exists(location), metadataLocation);
		}
	});

describe("a catalog that is used", () => {
	it("is sound to a check, whatever was done", () =>
		checkProperty(isSound(), { runs: 25 }));

	it("and one that lost a claim is not", async () => {
		const isNoClaim = ({ part }: MovedRow) => part !== "claim";
		await assertFindsPlanted(isSound(isNoClaim), { runs: 300 });
	});
});
