import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checkProperty } from "../../test/support/property.ts";
import { brandId, type LineId } from "../model/ids.ts";
import {
	findMergeBase,
	findMergeBases,
	type LoadStretch,
	type Position,
} from "./mergeBase.ts";

interface DrawnLine {
	readonly fork: Position | null;
	head: number;
	readonly merges: Map<number, Position>;
}

type Graph = Map<LineId, DrawnLine>;

const MAIN = brandId<LineId>("main");

function emptyGraph(): Graph {
	return new Map([[MAIN, { fork: null, head: 0, merges: new Map() }]]);
}

function lineOf(graph: Graph, line: LineId): DrawnLine {
	const found = graph.get(line);
	assert.ok(found);
	return found;
}

function commit(graph: Graph, line: LineId, count = 1): void {
	lineOf(graph, line).head += count;
}

function fork(graph: Graph, name: string, from: Position): LineId {
	const line = brandId<LineId>(name);
	graph.set(line, { fork: from, head: 0, merges: new Map() });
	return line;
}

function merge(graph: Graph, into: LineId, parent: Position): void {
	commit(graph, into);
	const target = lineOf(graph, into);
	target.merges.set(target.head, parent);
}

function headOf(graph: Graph, line: LineId): Position {
	return { line, number: lineOf(graph, line).head };
}

function loader(graph: Graph): { load: LoadStretch; count: () => number } {
	let loads = 0;
	const load: LoadStretch = async ({ line, number }) => {
		loads++;
		const { merges, fork } = lineOf(graph, line);
		const newest = Math.max(...[...merges.keys()].filter((n) => n <= number));
		const parent = merges.get(newest);
		return {
			fork,
			merge:
				parent === undefined
					? null
					: { number: newest, mergedParents: [parent] },
		};
	};
	return { load, count: () => loads };
}

/** The definition: every ancestor visited one by one. */
function ancestors(graph: Graph, at: Position): Map<string, Position> {
	const seen = new Map<string, Position>();
	const open = [at];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const { fork, merges } = lineOf(graph, next.line);
		if (next.number === 0 && fork !== null) {
			open.push(fork);
			continue;
		}
		const key = `${next.line}@${next.number}`;
		if (seen.has(key)) continue;
		seen.set(key, next);
		if (next.number > 0) open.push({ ...next, number: next.number - 1 });
		const merged = merges.get(next.number);
		if (merged !== undefined) open.push(merged);
	}
	return seen;
}

function naiveBases(graph: Graph, a: Position, b: Position): string[] {
	const ofA = ancestors(graph, a);
	const common = new Map(
		[...ancestors(graph, b)].filter(([key]) => ofA.has(key)),
	);
	const best = new Set(common.keys());
	for (const [key, at] of common)
		for (const older of ancestors(graph, at).keys())
			if (older !== key) best.delete(older);
	return [...best].sort();
}

type Move = readonly ["commit" | "fork" | "merge", number, number, number];

const moves: fc.Arbitrary<Move[]> = fc.array(
	fc.tuple(
		fc.constantFrom("commit", "commit", "fork", "merge", "merge"),
		fc.nat(4),
		fc.nat(4),
		fc.nat(20),
	),
	{ minLength: 20, maxLength: 40 },
);

function draw(moves: readonly Move[]): Graph {
	const graph = emptyGraph();
	for (const [kind, i, j, k] of moves) {
		const lines = [...graph.keys()];
		const line = lines[i % lines.length] ?? MAIN;
		const other = lines[j % lines.length] ?? MAIN;
		const { head } = lineOf(graph, other);
		const at = { line: other, number: Math.max(0, head - (k % 4)) };
		if (kind === "fork") fork(graph, `line${lines.length}`, at);
		else if (kind === "merge" && other !== line) merge(graph, line, at);
		else commit(graph, line);
	}
	return graph;
}

describe("the merge base", () => {
	test("is what its definition says, on drawn graphs", async () => {
		const property = fc.asyncProperty(
			moves,
			fc.nat(),
			fc.nat(),
			fc.nat(9),
			async (drawn, i, j, back) => {
				const graph = draw(drawn);
				const lines = [...graph.keys()];
				const a = headOf(graph, lines[i % lines.length] ?? MAIN);
				const head = headOf(graph, lines[j % lines.length] ?? MAIN);
				const b = { ...head, number: Math.max(0, head.number - back) };
				const { load } = loader(graph);
				const found = await findMergeBases(load, a, b);
				const names = found.map(({ line, number }) => `${line}@${number}`);
				assert.deepEqual(names.sort(), naiveBases(graph, a, b));
				assert.deepEqual(await findMergeBases(load, b, a), found);
				assert.deepEqual(await findMergeBase(load, a, b), found[0]);
			},
		);
		await checkProperty(property, { runs: 1000 });
	});

	test("of a criss-cross is one of the two, always the same", async () => {
		const graph = emptyGraph();
		commit(graph, MAIN, 5);
		const dev = fork(graph, "dev", headOf(graph, MAIN));
		commit(graph, dev, 5);
		commit(graph, MAIN, 5);
		const [before, other] = [headOf(graph, MAIN), headOf(graph, dev)];
		merge(graph, MAIN, other);
		merge(graph, dev, before);
		const { load } = loader(graph);
		const [a, b] = [headOf(graph, MAIN), headOf(graph, dev)];
		assert.deepEqual(await findMergeBases(load, a, b), [other, before]);
		assert.deepEqual(await findMergeBase(load, b, a), other);
	});

	test("of an ancestor is the ancestor, by the name of its own line", async () => {
		const graph = emptyGraph();
		commit(graph, MAIN, 3);
		const dev = fork(graph, "dev", { line: MAIN, number: 2 });
		const empty = fork(graph, "empty", { line: dev, number: 0 });
		const { load } = loader(graph);
		const base = { line: MAIN, number: 2 };
		for (const line of [dev, empty])
			assert.deepEqual(
				await findMergeBase(load, { line, number: 0 }, headOf(graph, MAIN)),
				base,
			);
		assert.deepEqual(
			await findMergeBase(load, headOf(graph, dev), headOf(graph, empty)),
			base,
		);
	});

	test("of lines with nothing in common does not exist", async () => {
		const graph = emptyGraph();
		const island = brandId<LineId>("island");
		graph.set(island, { fork: null, head: 3, merges: new Map() });
		const { load } = loader(graph);
		assert.equal(
			await findMergeBase(load, headOf(graph, MAIN), headOf(graph, island)),
			undefined,
		);
	});
});

describe("the cost of a merge base", () => {
	async function loadsFor(graph: Graph, a: LineId, b: LineId): Promise<number> {
		const { load, count } = loader(graph);
		await findMergeBase(load, headOf(graph, a), headOf(graph, b));
		return count();
	}

	test("does not grow with linear stretches", async () => {
		const costs = [];
		for (const length of [1, 1_000_000]) {
			const graph = emptyGraph();
			commit(graph, MAIN, length);
			const dev = fork(graph, "dev", headOf(graph, MAIN));
			commit(graph, dev, length);
			commit(graph, MAIN, length);
			merge(graph, MAIN, headOf(graph, dev));
			commit(graph, dev, length);
			commit(graph, MAIN, length);
			costs.push(await loadsFor(graph, MAIN, dev));
		}
		assert.equal(costs[0], costs[1]);
		assert.ok((costs[0] ?? Infinity) <= 6, `${costs[0]} loads`);
	});

	test("does not grow with the merges before the two parted", async () => {
		const costs = [];
		for (const merges of [5, 500]) {
			const graph = emptyGraph();
			const dev = fork(graph, "dev", headOf(graph, MAIN));
			for (let i = 0; i < merges; i++) {
				const feature = fork(graph, `feature${i}`, headOf(graph, MAIN));
				commit(graph, feature);
				merge(graph, MAIN, headOf(graph, feature));
				merge(graph, dev, headOf(graph, MAIN));
				commit(graph, dev);
				merge(graph, MAIN, headOf(graph, dev));
			}
			const late = fork(graph, "late", headOf(graph, MAIN));
			commit(graph, late);
			merge(graph, MAIN, headOf(graph, dev));
			costs.push(await loadsFor(graph, late, MAIN));
		}
		assert.equal(costs[0], costs[1]);
	});
});
