import type { Decision, Protocol, Step } from "./protocol.ts";
import { commit, read, rollForward } from "./protocol.ts";

import type {
	Entry,
	Faults,
	Made,
	Name,
	Planted,
	Told,
	World,
	Write,
} from "./testWorld.ts";
import {
	begin,
	brokenInvariant,
	insert,
	NAMES,
	valueAt,
	write,
	wrongAnswer,
} from "./testWorld.ts";

/** A search through every order of the protocol's steps on the model of a database. */

export interface Explored {
	readonly states: number;
	/** States in which nobody has anything left to do. */
	readonly ends: number;
	readonly violation: string | undefined;
}

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
