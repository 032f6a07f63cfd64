import type { LineId } from "../model/ids.ts";
import { compareUtf8 } from "../model/names.ts";

/** A commit of the graph; number 0 is where the line forked, or the empty beginning. */
export interface Position {
	readonly line: LineId;
	readonly number: number;
}

/**
 * What lies behind a position on its own line: the first parent of a commit is
 * the one before it, so that nothing between merges needs to be looked at.
 */
export interface Stretch {
	/** The newest commit with merged parents that is not newer than the position. */
	readonly merge: {
		readonly number: number;
		readonly mergedParents: readonly Position[];
	} | null;
	/** Where the line forked; null when it began empty. */
	readonly fork: Position | null;
}

export type LoadStretch = (at: Position) => Promise<Stretch>;

/** Merges of a line with numbers in (downTo, from] that were not followed yet. */
interface Scan {
	readonly line: LineId;
	readonly from: number;
	readonly downTo: number;
}

/**
 * Goes from a position to its ancestors, nearest first. On each line they are
 * all numbers up to a greatest one, which `reach` holds.
 */
interface Walker {
	readonly reach: Map<LineId, number>;
	open: Scan[];
}

/**
 * A best common ancestor: no other common ancestor descends from it. After
 * criss-cross merges there are several, of which always the same one is given,
 * whichever way round the two positions are.
 * @returns undefined for lines that have no beginning in common
 */
export async function findMergeBase(
	load: LoadStretch,
	a: Position,
	b: Position,
): Promise<Position | undefined> {
	return (await findMergeBases(load, a, b))[0];
}

/**
 * All best common ancestors, by line. One `load` for each merge and fork behind
 * the positions, newest first, and hardly beyond where the two meet; only for a
 * criss-cross all merges before it are looked at.
 */
export async function findMergeBases(
	load: LoadStretch,
	a: Position,
	b: Position,
): Promise<Position[]> {
	const once = loadedOnce(load);
	const ours = walkerAt(a);
	const theirs = walkerAt(b);
	while (isApart(ours, theirs) || isApart(theirs, ours))
		await Promise.all([step(once, ours), step(once, theirs)]);
	const common = await Promise.all(
		commonTops(ours, theirs).map((at) => canonicalPosition(once, at)),
	);
	const best = await withoutAncestors(once, distinct(common));
	return best.sort((x, y) => compareUtf8(x.line, y.line));
}

/** The one name of a position: the number 0 of a line is the commit it forked at. */
export async function canonicalPosition(
	load: LoadStretch,
	at: Position,
): Promise<Position> {
	if (at.number > 0) return at;
	const { fork } = await load(at);
	return fork === null ? at : canonicalPosition(load, fork);
}

function loadedOnce(load: LoadStretch): LoadStretch {
	const loaded = new Map<string, Promise<Stretch>>();
	return (at) => {
		const key = `${at.number} ${at.line}`;
		const stretch = loaded.get(key) ?? load(at);
		loaded.set(key, stretch);
		return stretch;
	};
}

function walkerAt(at: Position): Walker {
	const walker: Walker = { reach: new Map(), open: [] };
	enter(walker, at);
	return walker;
}

function reachOn(walker: Walker, line: LineId): number {
	return walker.reach.get(line) ?? -1;
}

function enter(walker: Walker, { line, number }: Position): void {
	const known = reachOn(walker, line);
	if (number <= known) return;
	walker.reach.set(line, number);
	walker.open.push({ line, from: number, downTo: known });
}

/** Follows everything that is open by one merge or fork. */
async function step(load: LoadStretch, walker: Walker): Promise<void> {
	const scans = walker.open;
	walker.open = [];
	const stretches = await Promise.all(
		scans.map(async (scan) => ({
			scan,
			stretch: await load({ line: scan.line, number: scan.from }),
		})),
	);
	for (const { scan, stretch } of stretches) follow(walker, scan, stretch);
}

function follow(
	walker: Walker,
	{ line, downTo }: Scan,
	{ merge, fork }: Stretch,
): void {
	if (fork !== null) enter(walker, fork);
	if (merge === null || merge.number <= downTo) return;
	for (const parent of merge.mergedParents) enter(walker, parent);
	const from = merge.number - 1;
	if (from > Math.max(downTo, 0)) walker.open.push({ line, from, downTo });
}

/**
 * Whether the walker has something to follow that the other does not reach, as
 * far as it is known: behind what both reach lies no better ancestor.
 */
function isApart(walker: Walker, other: Walker): boolean {
	return walker.open.some(
		({ line, from, downTo }) => from > Math.max(downTo, reachOn(other, line)),
	);
}

function commonTops(a: Walker, b: Walker): Position[] {
	return [...a.reach]
		.map(([line, number]) => ({
			line,
			number: Math.min(number, reachOn(b, line)),
		}))
		.filter(({ number }) => number >= 0);
}

function distinct(positions: readonly Position[]): Position[] {
	const byName = new Map(
		positions.map((at) => [`${at.number} ${at.line}`, at] as const),
	);
	return [...byName.values()];
}

async function withoutAncestors(
	load: LoadStretch,
	positions: readonly Position[],
): Promise<Position[]> {
	let rest = positions.map((at) => ({ at, walker: walkerAt(at) }));
	for (;;) {
		const all = rest;
		rest = all.filter((one) => !all.some((other) => isBehind(one, other)));
		const walking = rest.filter(({ walker }) => walker.open.length > 0);
		if (rest.length === 1 || walking.length === 0) break;
		await Promise.all(walking.map(({ walker }) => step(load, walker)));
	}
	return rest.map(({ at }) => at);
}

interface Candidate {
	readonly at: Position;
	readonly walker: Walker;
}

function isBehind(one: Candidate, other: Candidate): boolean {
	return one !== other && reachOn(other.walker, one.at.line) >= one.at.number;
}
