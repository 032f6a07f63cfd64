import type { Step } from "./protocol.ts";
import { decision, inlined } from "./testPrograms.ts";
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
	pieceOf,
	truth,
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

/** Searches all states that can be reached; stops at the first that breaks an invariant. */
export function explore(faults: Faults, planted?: Planted): Explored {
	const start = JSON.stringify(begin(faults));
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
		if (name === "reader" && faults.noReader === true) continue;
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
			if (choice < sizeOf(world, name, step))
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
	const run = inlined(name, world.parts !== "none", planted);
	const results = world.processes[name].results.values();
	for (let next = run.next(); ; ) {
		if (next.done === true) return next;
		const steps = next.value;
		const isEmpty = steps.every((step) => sizeOf(world, name, step) === 0);
		const made = isEmpty ? [] : results.next().value;
		if (made === undefined) return next;
		next = run.next(
			steps.map((step, i) => resultOf(world, name, step, made[i] ?? [])),
		);
	}
}

/** How many operations a step has. */
function sizeOf({ parts }: World, name: Name, step: Step<Write>): number {
	if (step.do === "query") return name === "first" && parts !== "none" ? 3 : 2;
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
	if (
		steps.some((step, at) => partial[at]?.length !== sizeOf(world, name, step))
	)
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
	if (step.do !== "piece") return made[0];
	const entry = world.log[step.number - 1] as Entry;
	return { ...pieceOf(entry, step.piece), isMade: made[0] };
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
		case "piece":
			return world.marks.includes(`${step.number}-${step.piece}`);
		case "mark":
			note(world.marks, `${step.number}-${step.piece}`);
			return null;
		case "spoil":
			if (world.parts === "intact" && planted !== "sweep-without-spoiling")
				world.parts = "spoilt";
			return null;
		case "remove":
			if (
				planted === "sweep-of-the-logged" ||
				world.log.every(({ set }) => set !== "first")
			)
				world.parts = "gone";
			return null;
		case "insert":
			return insert(world, step.number, step.entry as Entry, planted);
		case "write":
			write(world, step.number, step.writes[choice] as Write);
			return null;
		case "query":
			if (choice === 2) return looks(world, name, planted);
			// A load needs no rows: it reads what entries make.
			if (name === "first" && world.parts !== "none")
				return truth(world, step.at)[choice] ?? 0;
			return valueAt(
				world,
				(choice === 0) === (name === "reader") ? "b" : "a",
				step.at,
			);
		case "roll":
			throw new Error("rolled in place");
	}
}

/** Whether the parts are intact: as a number, among what is read. */
function looks(
	{ parts, processes }: World,
	name: Name,
	planted: Planted | undefined,
): number {
	const [first] = processes[name].results;
	if (planted === "looks-once" && first !== undefined) return 1;
	return parts === "intact" ? 1 : 0;
}

/** Adds to a set whose order is no part of the state. */
function note(set: string[], name: string): void {
	if (set.includes(name)) return;
	set.push(name);
	set.sort();
}
