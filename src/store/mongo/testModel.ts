import type { Decision, Protocol, ProtocolEntry, Step } from "./protocol.ts";
import { commit, read, rollForward } from "./protocol.ts";

/** A model of the database, and a search through every order of the protocol's steps on it. */

export interface Faults {
	/** One writer may stop for ever, after any operation. */
	readonly crash?: boolean;
	/** The answer to one insert is lost, the insert itself arrives at any later time, and its writer sends it again. */
	readonly lostAnswer?: boolean;
	/** The second writer's set is for where the first one's is; otherwise for where it is not. */
	readonly afterFirst?: boolean;
}

export type Planted =
	| "reader-skips-tail"
	| "raise-before-rows"
	| "rows-before-ends"
	| "loser-keeps-decision"
	| "refusal-of-the-past"
	| "insert-overwrites"
	| "late-insert-again"
	| "no-writer-check";

export interface Explored {
	readonly states: number;
	/** States in which nobody has anything left to do. */
	readonly ends: number;
	readonly violation: string | undefined;
}

type Key = "a" | "b";

/** A row of the model: its value shows from `from` to before `to`. */
interface Row {
	readonly id: string;
	readonly key: Key;
	readonly value: number;
	readonly from: number;
	to: number;
}

type Write =
	| { readonly do: "end"; readonly key: Key }
	| { readonly do: "row"; readonly key: Key; readonly value: number };

interface Entry extends ProtocolEntry<Write> {
	/** Whose change set it is. */
	readonly set: Name;
}

type Name = "first" | "second" | "reader";

interface Told {
	readonly what: "applied" | "refused" | "read";
	readonly number: number;
	readonly values: readonly number[];
}

/** A process: the results of its steps so far are its whole state. */
interface Process {
	readonly results: Made[][];
	/** Of the steps under way: the results of their operations so far. */
	partial: Made[];
	isDead: boolean;
	/** How many entries the log had for certain when it began; -1 before. */
	startedAt: number;
}

/** What the operations of a step came to: numbers, or whether; of an entry, nothing. */
type Made = (number | boolean | null)[];

interface World {
	readonly log: Entry[];
	watermark: number;
	readonly rows: Row[];
	/** An insert on its way whose sender has no answer. */
	inFlight: { readonly number: number; readonly entry: Entry } | null;
	/** Entries that somebody was told of, and those whose sets are applied. */
	acknowledged: number;
	readonly applied: Name[];
	readonly afterFirst: boolean;
	lostOne: boolean;
	crashedOne: boolean;
	readonly processes: Record<Name, Process>;
}

const NAMES: readonly Name[] = ["first", "second", "reader"];
const OPEN = Number.MAX_SAFE_INTEGER;

type Seen = Decision<Write> & {
	readonly at: number;
	readonly values: number[];
};
type Run = Protocol<Write, Told>;

/** Both rows go up by one; the second writer's only in one of the two cases. */
function decision(
	{ afterFirst }: World,
	name: Name,
	at: number,
	values: number[],
): Seen {
	const [a = 0, b = 0] = values;
	if (name === "reader")
		return { at, values: values.toReversed(), entry: undefined };
	if (name === "second" && a > 0 !== afterFirst)
		return { at, values, entry: undefined };
	const rows: Write[] = [
		{ do: "row", key: "a", value: a + 1 },
		{ do: "row", key: "b", value: b + 1 },
	];
	const ends: Write[] = [
		{ do: "end", key: "a" },
		{ do: "end", key: "b" },
	];
	const entry: Entry = { writer: `${name} at ${at}`, set: name, ends, rows };
	return { at, values, entry };
}

/** What a process does: the protocol's own code, then, for a writer, the derivation of its entry. */
function* program(name: Name, planted: Planted | undefined): Run {
	if (name === "reader") {
		const { at, answer } = yield* read<Write>(0);
		return { what: "read", number: at, values: (answer as Seen).values };
	}
	const { decision: seen, number } = yield* commit<Write, Seen>(0);
	const what = number === undefined ? "refused" : "applied";
	const told: Told = { what, number: number ?? seen.at, values: seen.values };
	yield [{ do: "told", told } as never];
	if (number !== undefined) yield* rolling(0, number, planted);
	return told;
}

/** The protocol's `rollForward`, unless a bug is planted in it. */
function* rolling(
	known: number,
	target: number,
	planted: Planted | undefined,
): Protocol<Write, number> {
	if (planted !== "raise-before-rows" && planted !== "rows-before-ends")
		return yield* rollForward<Write>(known, target);
	const [watermark] = yield [{ do: "watermark" }];
	for (let number = (watermark as number) + 1; number <= target; number++) {
		const [found] = yield [{ do: "entry", number }];
		const { ends, rows } = found as Entry;
		if (planted === "raise-before-rows") yield [{ do: "raise", to: number }];
		const [one, other] =
			planted === "rows-before-ends" ? [rows, ends] : [ends, rows];
		yield [{ do: "write", number, writes: one }];
		yield [{ do: "write", number, writes: other }];
	}
	yield [{ do: "raise", to: target }];
	return target;
}

/** A program with its `roll` steps done in place and what is planted in its decisions. */
function* inlined(name: Name, planted: Planted | undefined): Run {
	const run = program(name, planted);
	let first: Seen | undefined;
	let last: Seen | undefined;
	let next = run.next();
	while (next.done !== true) {
		const [step] = next.value;
		let results: readonly unknown[];
		if (step?.do === "roll") results = [yield* rolling(0, step.to, planted)];
		else if (isTailOfRefusal(step, last) && planted === "refusal-of-the-past")
			results = [last?.at];
		else results = yield next.value;
		if (step?.do === "query") {
			first ??= results[0] as Seen;
			last = results[0] as Seen;
			if (planted === "loser-keeps-decision") results = [first];
		}
		next = run.next(results);
	}
	return next.value;
}

function isTailOfRefusal(
	step: Step<Write> | undefined,
	last: Seen | undefined,
) {
	return step?.do === "tail" && last !== undefined && last.entry === undefined;
}

/** Searches all states that can be reached; stops at the first that breaks an invariant. */
export function explore(faults: Faults, planted?: Planted): Explored {
	const start = JSON.stringify(begin(faults.afterFirst === true));
	const seen = new Set([start]);
	const open = [start];
	let ends = 0;
	for (let text = open.pop(); text !== undefined; text = open.pop()) {
		const next = successors(text, faults, planted);
		if (next.length === 0) ends++;
		for (const { world, violation } of next) {
			const broken = violation ?? brokenInvariant(world);
			if (broken !== undefined)
				return { states: seen.size, ends, violation: broken };
			const name = JSON.stringify(world);
			if (seen.has(name)) continue;
			seen.add(name);
			open.push(name);
		}
	}
	return { states: seen.size, ends, violation: undefined };
}

function begin(afterFirst: boolean): World {
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
		afterFirst,
		lostOne: false,
		crashedOne: false,
		processes: { first: process(), second: process(), reader: process() },
	};
}

interface Successor {
	readonly world: World;
	readonly violation: string | undefined;
}

function successors(
	text: string,
	faults: Faults,
	planted: Planted | undefined,
): Successor[] {
	const world = JSON.parse(text) as World;
	const found: Successor[] = [];
	const branch = (change: (copy: World) => string | undefined) => {
		const copy = JSON.parse(text) as World;
		found.push({ violation: change(copy), world: copy });
	};
	if (world.inFlight !== null)
		branch((copy) => {
			const { number, entry } = copy.inFlight as NonNullable<World["inFlight"]>;
			insert(copy, number, entry, planted);
			copy.inFlight = null;
			return undefined;
		});
	for (const name of NAMES) {
		const process = world.processes[name];
		if (process.isDead) continue;
		const next = replay(world, name, planted);
		if (next.done === true) continue;
		const steps = next.value;
		if (faults.crash === true && !world.crashedOne && name !== "reader")
			branch((copy) => {
				copy.crashedOne = true;
				copy.processes[name].isDead = true;
				return undefined;
			});
		steps.forEach((step, i) => {
			const choice = process.partial[i]?.length ?? 0;
			if (choice < sizeOf(step))
				branch((copy) => operate(copy, name, steps, i, choice, planted));
			if (step.do === "insert" && faults.lostAnswer === true && !world.lostOne)
				branch((copy) => {
					copy.lostOne = true;
					copy.inFlight = { number: step.number, entry: step.entry as Entry };
					if (planted === "late-insert-again")
						return settle(copy, name, steps, i, [false], planted);
					return undefined;
				});
		});
	}
	return found;
}

/** Runs a process's program again over the results that it has. */
function replay(
	world: World,
	name: Name,
	planted: Planted | undefined,
): IteratorResult<readonly Step<Write>[], Told> {
	const run = inlined(name, planted);
	let next = run.next();
	for (const made of world.processes[name].results) {
		if (next.done === true) break;
		next = run.next(
			next.value.map((step, i) => resultOf(world, name, step, made[i] ?? [])),
		);
	}
	return next;
}

/** How many operations a step has. */
function sizeOf(step: Step<Write>): number {
	if (step.do === "query") return 2;
	return step.do === "write" ? step.writes.length : 1;
}

/** Does one operation of a step. Resolves to what it breaks. */
function operate(
	world: World,
	name: Name,
	steps: readonly Step<Write>[],
	i: number,
	choice: number,
	planted: Planted | undefined,
): string | undefined {
	const process = world.processes[name];
	if (process.startedAt < 0) process.startedAt = world.acknowledged;
	const step = steps[i] as Step<Write>;
	const result = operationOn(world, name, step, choice, planted);
	return settle(
		world,
		name,
		steps,
		i,
		[...(process.partial[i] ?? []), result],
		planted,
	);
}

/** Notes the results of a step; with the last of them the process goes on. */
function settle(
	world: World,
	name: Name,
	steps: readonly Step<Write>[],
	i: number,
	made: Made,
	planted: Planted | undefined,
): string | undefined {
	const process = world.processes[name];
	const partial = steps.map((_, at) => process.partial[at] ?? []);
	partial[i] = made;
	process.partial = partial;
	if (steps.some((step, at) => partial[at]?.length !== sizeOf(step)))
		return undefined;
	process.partial = [];
	process.results.push(partial);
	return tell(world, name, planted);
}

/** What a step resolves to. */
function resultOf(
	world: World,
	name: Name,
	step: Step<Write>,
	made: Made,
): unknown {
	if (step.do === "query")
		return decision(world, name, step.at, made as number[]);
	return step.do === "entry" ? world.log[step.number - 1] : made[0];
}

/** Whoever asked is told at once; that is when the answer must be right. */
function tell(
	world: World,
	name: Name,
	planted: Planted | undefined,
): string | undefined {
	const next = replay(world, name, planted);
	if (next.done === true)
		return name === "reader" ? wrongAnswer(world, name, next.value) : undefined;
	const [step] = next.value as readonly (
		| Step<Write>
		| { readonly do: "told"; readonly told: Told }
	)[];
	if (step?.do !== "told") return undefined;
	world.processes[name].results.push([[null]]);
	return wrongAnswer(world, name, step.told);
}

function operationOn(
	world: World,
	name: Name,
	step: Step<Write>,
	choice: number,
	planted: Planted | undefined,
): Made[number] {
	switch (step.do) {
		case "tail":
			if (name === "reader" && planted === "reader-skips-tail") return 0;
			return world.log.length;
		case "watermark":
			return world.watermark;
		case "raise":
			world.watermark = Math.max(world.watermark, step.to);
			return null;
		case "entry":
			return null;
		case "insert":
			return insert(world, step.number, step.entry as Entry, planted);
		case "write":
			write(world, step.number, step.writes[choice] as Write);
			return null;
		case "query":
			return valueAt(
				world,
				(choice === 0) === (name === "reader") ? "b" : "a",
				step.at,
			);
		case "roll":
			throw new Error("rolled in place");
	}
}

function insert(
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

function write({ rows }: World, number: number, each: Write): void {
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

function valueAt({ rows }: World, key: Key, at: number): number {
	const shown = rows.find(
		(row) => row.key === key && row.from <= at && at < row.to,
	);
	return shown?.value ?? 0;
}

/** What the log says about both rows after its first `number` entries. */
function truth({ log }: World, number: number): number[] {
	const values = { a: 0, b: 0 };
	for (const { rows } of log.slice(0, number))
		for (const row of rows) if (row.do === "row") values[row.key] = row.value;
	return [values.a, values.b];
}

function wrongAnswer(
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

function brokenInvariant(world: World): string | undefined {
	const { log, rows, watermark } = world;
	if (log.includes(undefined as never)) return "the log has a gap";
	const sets = log.map(({ set }) => set);
	if (world.applied.some((name) => !sets.includes(name)))
		return "a change set that counts is lost";
	if (new Set(sets).size !== sets.length) return "a change set counts twice";
	for (const [i, entry] of log.entries()) {
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
