import type { ProtocolEntry } from "./protocol.ts";

/** A model of the database and of what its users were told. */

export interface Faults {
	/** One writer may stop for ever, after any operation. */
	readonly crash?: boolean;
	/** The answer to one insert is lost, the insert itself arrives at any later time, and its writer sends it again. */
	readonly lostAnswer?: boolean;
	/** The second writer's set is for where the first one's is; otherwise for where it is not. */
	readonly afterFirst?: boolean;
	/** The invariants of the database say all that is asked. */
	readonly noReader?: boolean;
	/** The first writer's entry is in two pieces. */
	readonly inPieces?: boolean;
	/** The first writer has put its parts down before; in place of the second one somebody removes them. */
	readonly sweep?: boolean;
}

export type Planted =
	| "reader-skips-tail"
	| "raise-before-rows"
	| "rows-before-ends"
	| "loser-keeps-decision"
	| "refusal-of-the-past"
	| "insert-overwrites"
	| "late-insert-again"
	| "no-writer-check"
	| "mark-before-writes"
	| "sweep-without-fence"
	| "sweep-without-spoiling"
	| "sweep-of-the-logged"
	| "looks-once";

export type Key = "a" | "b";

/** A row of the model: its value shows from `from` to before `to`. */
export interface Row {
	readonly id: string;
	readonly key: Key;
	readonly value: number;
	readonly from: number;
	to: number;
}

export type Write =
	| { readonly do: "end"; readonly key: Key }
	| { readonly do: "row"; readonly key: Key; readonly value: number };

export interface Entry extends ProtocolEntry<Write> {
	/** Whose change set it is. */
	readonly set: Name;
}

/** Its ends, then its rows, where it is in pieces. */
export function pieceOf({ ends, rows, parts = 1 }: Entry, piece: number) {
	if (parts === 1) return { ends, rows, of: 1 };
	return {
		ends: [],
		rows: [],
		...(piece === 0 ? { ends } : { rows }),
		of: parts,
	};
}

export type Name = "first" | "second" | "reader";

export interface Told {
	readonly what: "applied" | "refused" | "read";
	readonly number: number;
	readonly values: readonly number[];
}

/** A process: the results of its steps so far are its whole state. */
export interface Process {
	readonly results: Made[][];
	/** Of the steps under way: the results of their operations so far. */
	partial: Made[];
	isDead: boolean;
	/** How many entries the log had for certain when it began; -1 before. */
	startedAt: number;
}

/** What the operations of a step came to: numbers, or whether; of an entry, nothing. */
export type Made = (number | boolean | null)[];

export interface World {
	readonly log: Entry[];
	watermark: number;
	readonly rows: Row[];
	/** An insert on its way whose sender has no answer. */
	inFlight: { readonly number: number; readonly entry: Entry } | null;
	/** Entries that somebody was told of, and those whose sets are applied. */
	acknowledged: number;
	readonly applied: Name[];
	readonly afterFirst: boolean;
	readonly inPieces: boolean;
	/** Pieces whose writes are said to be made. */
	readonly marks: string[];
	/** Of the parts that the first writer has put down. */
	parts: "none" | "intact" | "spoilt" | "gone";
	lostOne: boolean;
	crashedOne: boolean;
	readonly processes: Record<Name, Process>;
}

export const NAMES: readonly Name[] = ["first", "second", "reader"];
export const OPEN = Number.MAX_SAFE_INTEGER;

export function begin({ afterFirst, inPieces, sweep }: Faults): World {
	const process = (): Process => ({
		results: [],
		partial: [],
		isDead: false,
		startedAt: -1,
	});
	return {
		log: [],
		watermark: 0,
		rows: [],
		inFlight: null,
		acknowledged: 0,
		applied: [],
		afterFirst: afterFirst === true,
		inPieces: inPieces === true,
		marks: [],
		parts: sweep === true ? "intact" : "none",
		lostOne: false,
		crashedOne: false,
		processes: { first: process(), second: process(), reader: process() },
	};
}

export function insert(
	{ log }: World,
	number: number,
	entry: Entry,
	planted: Planted | undefined,
): boolean {
	const there = log[number - 1];
	if (there !== undefined && planted !== "insert-overwrites")
		return planted === "no-writer-check" || there.writer === entry.writer;
	log[number - 1] = entry;
	return true;
}

export function write({ rows }: World, number: number, each: Write): void {
	if (each.do === "end") {
		for (const row of rows)
			if (row.key === each.key && row.from < number && row.to === OPEN)
				row.to = number;
		return;
	}
	const id = `${number}-${each.key}`;
	if (rows.some((row) => row.id === id)) return;
	const { key, value } = each;
	rows.push({ id, key, value, from: number, to: OPEN });
	// The order of arrival is no part of the state.
	rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function valueAt({ rows }: World, key: Key, at: number): number {
	const shown = rows.find(
		(row) => row.key === key && row.from <= at && at < row.to,
	);
	return shown?.value ?? 0;
}

/** What the log says about both rows after its first `number` entries. */
export function truth({ log }: World, number: number): number[] {
	const values = { a: 0, b: 0 };
	for (const { rows } of log.slice(0, number))
		for (const row of rows) if (row.do === "row") values[row.key] = row.value;
	return [values.a, values.b];
}

export function wrongAnswer(
	world: World,
	name: Name,
	{ what, number, values }: Told,
): string | undefined {
	const { log } = world;
	const decidedAt = what === "applied" ? number - 1 : number;
	if (String(truth(world, decidedAt)) !== String(values))
		return `${name} saw ${values} at ${decidedAt}, not ${truth(world, decidedAt)}`;
	if (what === "applied" && log[number - 1]?.set !== name)
		return `${name} was told of entry ${number}, which is not its own`;
	if (number < world.processes[name].startedAt)
		return `${name} was answered at ${number}, older than what it must see`;
	if (what === "applied") world.applied.push(name);
	world.acknowledged = Math.max(world.acknowledged, number);
	return undefined;
}

export function brokenInvariant(world: World): string | undefined {
	const { log, rows, watermark } = world;
	if (log.includes(undefined as never)) return "the log has a gap";
	const sets = log.map(({ set }) => set);
	if (world.applied.some((name) => !sets.includes(name)))
		return "a change set that counts is lost";
	if (new Set(sets).size !== sets.length) return "a change set counts twice";
	if (world.parts === "gone" && sets.includes("first"))
		return "an entry has lost its parts";
	for (const [i, entry] of log.entries()) {
		if (entry.rows.length === 0) continue;
		const [a = 0, b = 0] = truth(world, i);
		const made = truth(world, i + 1);
		if (
			String(made) !== String([a + 1, b + 1]) ||
			(entry.set === "second" && a > 0 !== world.afterFirst)
		)
			return `entry ${i + 1} does not follow from the state before it`;
	}
	if (watermark > log.length) return "the watermark is beyond the log";
	for (let at = 0; at <= watermark; at++)
		for (const [i, key] of (["a", "b"] as const).entries())
			if (valueAt(world, key, at) !== truth(world, at)[i])
				return `below the watermark ${key} is wrong at ${at}`;
	for (const key of ["a", "b"])
		if (rows.filter((row) => row.key === key && row.to === OPEN).length > 1)
			return `two rows of ${key} are current`;
	return undefined;
}
