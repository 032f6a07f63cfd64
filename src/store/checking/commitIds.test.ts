import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CatalogId, LineId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { repeatedIds } from "./commitIds.ts";
import type { SeenLine } from "./seen.ts";
import { newLine } from "./seen.ts";
import { textHash } from "./textHash.ts";

/** A line whose commits have these ids. */
function lineOf(id: string, ...commits: readonly string[]): SeenLine {
	const line = newLine({
		tenant: brandId<TenantId>("t"),
		id: brandId<LineId>(id),
		catalog: brandId<CatalogId>("c"),
		parent: null,
		filter: null,
		head: commits.length,
		headTimeMicros: commits.length,
	});
	for (const [i, commit] of commits.entries())
		line.log.add({
			...{ number: i + 1, timeMicros: i + 1, keys: [] },
			id: brandId(commit),
		});
	return line;
}

const found = (...lines: readonly SeenLine[]) =>
	[...repeatedIds(lines)].map(({ line, number }) => `${line.id} ${number}`);

describe("the ids of commits", () => {
	it("that come again are found, on one line and on two", () => {
		assert.deepEqual(found(lineOf("a", "x", "y"), lineOf("b", "z")), []);
		assert.deepEqual(found(lineOf("a", "x", "y", "x", "x")), ["a 3", "a 4"]);
		assert.deepEqual(found(lineOf("a", "x", "y"), lineOf("b", "y")), ["b 1"]);
	});

	it("that only have a hash in common are different", () => {
		const [one, other] = ["14otbopzfjr", "fuo5cjw6xz"];
		assert.equal(textHash(one), textHash(other));
		assert.deepEqual(found(lineOf("a", one, other)), []);
		assert.deepEqual(found(lineOf("a", one, other, one)), ["a 3"]);
	});
});
