import type { Decision, Piece, Protocol, Step } from "./protocol.ts";
import { abandon, commit, read, rollForward } from "./protocol.ts";
import type { Entry, Name, Planted, Told, World, Write } from "./testWorld.ts";

/** What the processes of the model do: the protocol's own code, with what is planted in it. */

type Seen = Decision<Write> & {
	readonly at: number;
	readonly values: number[];
};
type Run = Protocol<Write, Told>;

/** Both rows go up by one; the second writer's only in one of the two cases. */
export function decision(
	{ afterFirst, inPieces, parts }: World,
	name: Name,
	at: number,
	seen: number[],
): Seen {
	const [a = 0, b = 0, isIntact = 1] = seen;
	const values = seen.slice(0, 2);
	if (name === "first" && isIntact === 0)
		return { at, values, entry: undefined };
	if (name === "second" && parts !== "none")
		return { at, values, entry: emptyEntry(at) };
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
	const writer = parts === "none" ? `${name} at ${at}` : name;
	const entry: Entry = { writer, set: name, ends, rows };
	const isInPieces = inPieces && name === "first";
	return { at, values, entry: isInPieces ? { ...entry, parts: 2 } : entry };
}

function emptyEntry(at: number): Entry {
	return { writer: `second at ${at}`, set: "second", ends: [], rows: [] };
}

/** What a process does: the protocol's own code, then, for a writer, the derivation of its entry. */
function* program(
	name: Name,
	hasParts: boolean,
	planted: Planted | undefined,
): Run {
	if (hasParts && name === "second") {
		yield* sweeping(planted);
		return { what: "read", number: 0, values: [] };
	}
	if (name === "reader") {
		const { at, answer } = yield* read<Write>(0);
		return { what: "read", number: at, values: (answer as Seen).values };
	}
	const { decision: seen, number } = yield* commit<Write, Seen>(0, !hasParts);
	const what = number === undefined ? "refused" : "applied";
	const told: Told = { what, number: number ?? seen.at, values: seen.values };
	yield [{ do: "told", told } as never];
	if (number === undefined) return told;
	// A load's number may be the only thing that it knows of the log.
	yield* rolling(hasParts ? 0 : number - 1, number, planted, true);
	return told;
}

/** The protocol's `abandon`, with what is planted in it. */
function* sweeping(planted: Planted | undefined): Protocol<Write, void> {
	if (planted !== "sweep-without-fence")
		return yield* abandon<Write>(0, ["first"]);
	yield [{ do: "spoil", writers: ["first"] }];
	yield [{ do: "remove", writers: ["first"] }];
}

const IN_ROLLING: readonly (Planted | undefined)[] = [
	"raise-before-rows",
	"rows-before-ends",
	"mark-before-writes",
];

/** The protocol's `rollForward`, unless a bug is planted in it. */
function* rolling(
	known: number,
	target: number,
	planted: Planted | undefined,
	isOwn = false,
): Protocol<Write, number> {
	if (!IN_ROLLING.includes(planted))
		return yield* rollForward<Write>(known, target, isOwn);
	const [watermark] = yield [{ do: "watermark", target }];
	for (let number = (watermark as number) + 1; number <= target; number++)
		for (let piece = 0, of = 1; piece < of; piece++) {
			const [found] = yield [{ do: "piece", number, piece }];
			const { ends, rows, isMade, ...entry } = found as Piece<Write>;
			of = entry.of;
			if (isMade) continue;
			if (planted === "raise-before-rows") yield [{ do: "raise", to: number }];
			if (planted === "mark-before-writes" && of > 1)
				yield [{ do: "mark", number, piece }];
			const [one, other] =
				planted === "rows-before-ends" ? [rows, ends] : [ends, rows];
			yield [{ do: "write", number, writes: one }];
			yield [{ do: "write", number, writes: other }];
		}
	yield [{ do: "raise", to: target }];
	return target;
}

/** A program with its `roll` steps done in place and what is planted in its decisions. */
export function* inlined(
	name: Name,
	hasParts: boolean,
	planted: Planted | undefined,
): Run {
	const run = program(name, hasParts, planted);
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
