import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, it } from "node:test";
import type { CaseTools } from "../conformance/case.ts";
import { fullWorld } from "../conformance/fullWorld.ts";
import { T } from "../conformance/pastRows.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import { openMemoryMover } from "../memory/moving.ts";
import type { MovedRow, Part, RowOf } from "../moving.ts";
import { PARTS } from "../moving.ts";
import { emptyState } from "../rules/state.ts";
import { checkRows } from "./checkRows.ts";
import type { Damage } from "./testDamage.ts";
import { changed, lost, set } from "./testDamage.ts";

const tools: CaseTools = {
	fresh: (prefix) => `${prefix}-${randomUUID()}`,
	openEmpty: () => Promise.reject(new Error("a check has one store")),
};

async function* fromList(rows: readonly MovedRow[]) {
	yield* rows;
}

const all: { [P in Part]: (row: RowOf<P>) => boolean } = Object.fromEntries(
	PARTS.map((part) => [part, () => true]),
) as never;

/** Rows of the table that the world moved three times, tagged at 3, of which 1 is forgotten. */
const isMoved = (row: RowOf<"row">) => row.key.name === T.name;
const isBranch = ({ value }: RowOf<"ref">) => value.kind === "branch";
const isTag = ({ value }: RowOf<"ref">) => value.kind === "tag";
const isFork = ({ value }: RowOf<"line">) => value.parent !== null;
const isRoot = ({ value }: RowOf<"line">) => value.parent === null;
const missing = brand("missing");

function brand(text: string) {
	return text as never;
}

const DAMAGE: readonly [what: string, damage: Damage, says: RegExp][] = [
	["a lost tenant", lost("tenant"), /names tenant/],
	["a lost warehouse", lost("warehouse"), /names warehouse wh/],
	["a lost catalog", lost("catalog"), /names catalog/],
	["a lost line", lost("line", isRoot), /names one that is missing/],
	[
		"a version of 0",
		changed("tenant", all.tenant, (row) => [{ ...row, version: 0 }]),
		/a version is below 1: tenant, version 0/,
	],
	[
		"two warehouses with one id",
		changed("warehouse", all.warehouse, (row) => [
			row,
			{ ...row, value: { ...row.value, name: "wh2" } },
		]),
		/two have one id: warehouse wh2/,
	],
	[
		"two catalogs with one id",
		changed("catalog", all.catalog, (row) => [
			row,
			{ ...row, value: { ...row.value, name: "cat2" } },
		]),
		/two have one id: catalog cat2/,
	],
	[
		"a fork from nowhere",
		set("line", { parent: { line: missing, number: 0 } }, isFork),
		/missing: line fork.*from missing/,
	],
	[
		"a fork at a number to come",
		changed("line", isFork, (row) => [withParentNumber(row, 99)]),
		/has not reached: line/,
	],
	[
		"a fork at what was forgotten",
		changed("line", isFork, (row) => [withParentNumber(row, 1)]),
		/parent keeps no longer/,
	],
	[
		"a circle of lines",
		(rows) => {
			const root = rows.find((row) => row.part === "line" && isRoot(row));
			const fork = rows.find((row) => row.part === "line" && isFork(row));
			assert.ok(root?.part === "line" && fork?.part === "line");
			const parent = { line: fork.value.id, number: 0 };
			return set("line", { parent }, isRoot)(rows);
		},
		/descends from itself/,
	],
	[
		"a fork from another catalog",
		(rows) =>
			set(
				"line",
				{ catalog: brand("k2") },
				isFork,
			)(
				changed("catalog", all.catalog, (row) => [
					row,
					{ ...row, value: { ...row.value, name: "k2", id: brand("k2") } },
				])(rows),
			),
		/forked from another catalog/,
	],
	[
		"a branch without its line",
		set("ref", { line: missing }, isBranch),
		/missing: branch main/,
	],
	[
		"a ref of a lost catalog",
		set("ref", { catalog: missing }, isTag),
		/missing: tag v.*catalog missing/,
	],
	["a tag of no number", set("ref", { number: null }, isTag), /neither branch/],
	["a branch at a number", set("ref", { number: 3 }, isBranch), /neither/],
	["a tag to come", set("ref", { number: 99 }, isTag), /has not reached: tag/],
	["a tag of what is forgotten", set("ref", { number: 1 }, isTag), /no longer/],
	["settings that are no JSON", set("ref", { settings: "{" }), /not JSON: ref/],
	["a job that is no JSON", set("job", { payload: "" }), /not JSON: job/],
	[
		"a merge that is no JSON",
		set("mergeOperation", { detail: "?" }),
		/not JSON: merge/,
	],
	[
		"a decision that is no JSON",
		set("mergeConflict", { resolution: "?" }),
		/not JSON: conflict/,
	],
	[
		"a merge of a lost catalog",
		set("mergeOperation", { catalog: missing }),
		/merge .* names catalog missing/,
	],
	["a lost merge", lost("mergeOperation"), /conflict .* names merge/],
	["a gap in the commits", lost("commit", isNumber(2)), /not dense/],
	["a lost last commit", lost("commit", isNumber(5)), /not dense/],
	["a head too far", set("line", { head: 99 }, isRoot), /not dense/],
	[
		"another time of the head",
		set("line", { headTimeMicros: 1 }, isRoot),
		/a head's time/,
	],
	[
		"a time that runs back",
		changed("commit", isNumber(2), (row) => [
			{ ...row, commit: { ...row.commit, timeMicros: 1 } },
		]),
		/times do not grow/,
	],
	[
		"a commit that names a key twice",
		changed("commit", isNumber(2), (row) => [
			{ ...row, commit: { ...row.commit, keys: [T, T] } },
		]),
		/names a key twice/,
	],
	[
		"a commit that does not name what it wrote",
		changed("commit", isNumber(2), (row) => [
			{ ...row, commit: { ...row.commit, keys: [] } },
		]),
		/no commit wrote a row.*a\.t, number 2/,
	],
	[
		"two commits of a line with one id",
		withIdOf(() => true, isNumber(3)),
		/two commits have one id: line .*, number 3$/m,
	],
	[
		"two commits of two lines with one id",
		withIdOf(isNumber(3), (row) => row.line.startsWith("fork")),
		/two commits have one id/,
	],
	["a lost merge of a commit", lost("merge"), /not what its commit says/],
	[
		"a merge that its commit does not know",
		changed("merge", all.merge, (row) => [
			row,
			{ ...row, merge: { ...row.merge, number: row.merge.number + 1 } },
		]),
		/not what its commit says/,
	],
	[
		"a merge of another line",
		changed("merge", all.merge, (row) => [
			{ ...row, merge: { ...row.merge, mergedParents: [] } },
		]),
		/not what its commit says/,
	],
	[
		"a row from the future",
		changed("row", isMoved, (row) => [{ ...row, number: 99 }]),
		/newer than its line/,
	],
	[
		"a lost current row",
		lost("row", (row) => isMoved(row) && row.end === null),
		/no current row/,
	],
	[
		"a lost row",
		lost("row", (row) => isMoved(row) && row.end !== null),
		/that a commit wrote is missing/,
	],
	[
		"versions that overlap",
		changed(
			"row",
			(row) => isMoved(row) && row.end !== null,
			(row) => [{ ...row, end: null }],
		),
		/do not follow one another/,
	],
	[
		"an end before the beginning",
		changed(
			"row",
			(row) => isMoved(row) && row.end !== null,
			(row) => [{ ...row, end: { number: 1, timeMicros: 1_000_000 } }],
		),
		/do not follow one another/,
	],
	[
		"a gap between versions",
		changed(
			"row",
			(row) => isMoved(row) && row.end !== null,
			(row) => [{ ...row, end: { number: 4, timeMicros: 4_000_000 } }],
		),
		/do not follow one another/,
	],
	[
		"a wrong end",
		changed(
			"row",
			(row) => row.end !== null,
			(row) => [
				{ ...row, end: { number: row.end?.number ?? 0, timeMicros: 7 } },
			],
		),
		/ended at another time/,
	],
	[
		"a namespace under a table's name",
		changed("row", isMoved, (row) => [
			{
				...row,
				entry: { kind: "namespace", id: brand("n"), properties: {} },
			},
		]),
		/another kind than its name/,
	],
	[
		"a lost namespace",
		lost("row", ({ key }) => key.space === "namespace" && key.name === "a"),
		/namespace with content is missing: line .*, a$/m,
	],
	[
		"a dropped namespace with content",
		changed(
			"row",
			({ key }) => key.space === "namespace" && key.name === "a",
			(row) => [{ ...row, entry: null }],
		),
		/namespace with content is missing/,
	],
	[
		"a stretch that ends before it begins",
		changed("forgotten", all.forgotten, (row) => [{ ...row, to: row.from }]),
		/forgotten is not of its line/,
	],
	[
		"stretches that touch",
		changed("forgotten", all.forgotten, (row) => [
			row,
			{ ...row, from: row.to, to: row.to + 1 },
		]),
		/forgotten touches/,
	],
	["what was forgotten and is not said", lost("forgotten"), /wrote is missing/],
	[
		"a drop to come",
		changed("dropped", all.dropped, (row) => [
			{ ...row, dropped: { ...row.dropped, number: 99 } },
		]),
		/drop is newer/,
	],
	[
		"a drop of what is there",
		(rows) => {
			const there = rows.findLast((row) => row.part === "row" && isMoved(row));
			assert.ok(there?.part === "row" && there.entry !== null);
			const asset = there.entry.id;
			return changed("dropped", all.dropped, (row) => [
				{ ...row, dropped: { ...row.dropped, number: 2, asset } },
			])(rows);
		},
		/what was dropped is there/,
	],
	[
		"two owners of one place",
		changed("claim", all.claim, (row) => [
			row,
			{
				...row,
				claim: {
					...row.claim,
					location: `${row.claim.location}x/`,
					asset: brand("other"),
				},
			},
		]),
		/two assets hold one place/,
	],
	[
		"a claim of a file",
		changed("claim", all.claim, (row) => [
			{ ...row, claim: { ...row.claim, location: "memory:///x" } },
		]),
		/not of a folder/,
	],
	[
		"a row that comes twice",
		changed("row", all.row, (row) => [row, row]),
		/come twice, or not in order: a row/,
	],
	["rows in another order", (rows) => rows.toReversed(), /not in order/],
];

function isNumber(number: number) {
	return ({ commit }: RowOf<"commit">) => commit.number === number;
}

/** One commit with the id of another. */
function withIdOf(
	isIt: (row: RowOf<"commit">) => boolean,
	fits: (row: RowOf<"commit">) => boolean,
): Damage {
	return (rows) => {
		const other = rows.find((row) => row.part === "commit" && isIt(row));
		assert.ok(other?.part === "commit");
		const { id } = other.commit;
		return changed("commit", fits, (row) => [
			{ ...row, commit: { ...row.commit, id } },
		])(rows);
	};
}

function withParentNumber(row: RowOf<"line">, number: number): MovedRow {
	const { parent } = row.value;
	assert.ok(parent);
	return { ...row, value: { ...row.value, parent: { ...parent, number } } };
}

describe("the check of rows", () => {
	let rows: readonly MovedRow[];
	before(async () => {
		const state = emptyState();
		await fullWorld(openMemoryStore(state), tools);
		rows = await Array.fromAsync(openMemoryMover(state).dump(undefined));
	});

	it("finds nothing in a world with everything in it", async () => {
		assert.deepEqual(await checkRows(fromList(rows)), []);
		assert.deepEqual(await checkRows(fromList([])), []);
	});

	for (const [what, damage, says] of DAMAGE)
		it(`finds ${what}`, async () => {
			const problems = await checkRows(fromList(damage([...rows])));
			assert.match(problems.join("\n"), says);
		});

	it("says the same at most a hundred times", async () => {
		const many = Array.from({ length: 150 }, (_, i): MovedRow => {
			const name = `w${String(i).padStart(3, "0")}`;
			const tenant = missing;
			const value = { id: brand(name), tenant, name, useSts: false };
			const rest = { storageConfig: {}, vendingStrategy: null };
			return { part: "warehouse", value: { ...value, ...rest }, version: 1 };
		});
		assert.equal((await checkRows(fromList(many))).length, 100);
	});
});
