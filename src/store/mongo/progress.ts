import { unreachable } from "../../model/errors.ts";
import { askTogether } from "../together.ts";
import { askTwice } from "./askTwice.ts";
import type { Database } from "./database.ts";
import { makeWrites } from "./derive.ts";
import type { EntryLimits } from "./entries.ts";
import { insertEntry, markPiece, readPiece } from "./entries.ts";
import type { Entry, Write } from "./log.ts";
import { removeParts, spoilParts } from "./parts.ts";
import type { Piece, Protocol, Step } from "./protocol.ts";
import { rollForward } from "./protocol.ts";
import type { Patience } from "./turns.ts";
import { createTurns } from "./turns.ts";

/** Runs the steps of the protocol on a database, and knows how far the log is derived. */
export interface Progress {
	/** Everything is derived up to here. */
	readonly known: number;
	/** Resolves when everything is derived up to `target`. */
	rollTo(target: number): Promise<number>;
	/** Resolves when it is this server's turn to write: see `turns.ts`. */
	turn(): Promise<void>;
	/** Another server took the number that something was decided for, which was written at a later one. */
	lost(): void;
	/** @param query reads at a number: what a `query` step resolves to */
	run<Result>(
		protocol: Protocol<Write, Result>,
		query: (at: number) => Promise<unknown>,
	): Promise<Result>;
}

export function createProgress(
	database: Database,
	settings: EntryLimits & { readonly patience?: Patience },
): Progress {
	const tail = tailReader(database);
	const turns = createTurns(database, settings.patience);
	let known = 0;
	let rolling: Promise<void> | undefined;
	/** Written by this process: the next to be derived. */
	let own: OwnEntry | undefined;
	const isOwn = (number: number) => own?.number === number;

	async function roll(target: number): Promise<void> {
		const rolled = rollForward<Write>(known, target, isOwn(target));
		known = Math.max(known, await run(rolled, noQuery));
	}

	async function rollTo(target: number): Promise<number> {
		while (known < target) {
			rolling ??= roll(target).finally(() => {
				rolling = undefined;
			});
			await rolling;
		}
		return known;
	}

	async function make(
		step: Step<Write>,
		query: (at: number) => Promise<unknown>,
	): Promise<unknown> {
		if (step.do === "query") return await query(step.at);
		if (step.do === "roll") return await rollTo(step.to);
		if (step.do === "tail") return await tail();
		if (step.do === "watermark")
			return await turns.derivedTo(step.target, () => isOwn(step.target));
		if (step.do === "raise") return await turns.raise(step.to, isOwn(step.to));
		const piece = step.do === "piece" ? ownPiece(own, step.number) : undefined;
		if (piece !== undefined) return piece;
		const result = await operate(database, step, settings);
		if (step.do === "insert" && result === true) own = step;
		return result;
	}

	const run: Progress["run"] = (protocol, query) =>
		follow(protocol, (step) => make(step, query));

	return {
		get known() {
			return known;
		},
		rollTo,
		run,
		lost: turns.lost,
		async turn() {
			// By a roll, which ends with a journaled write of its own.
			await rollTo(await turns.mine());
		},
	};
}

async function follow<Result>(
	protocol: Protocol<Write, Result>,
	make: (step: Step<Write>) => Promise<unknown>,
): Promise<Result> {
	let next = protocol.next();
	while (next.done !== true)
		next = protocol.next(await Promise.all(next.value.map(make)));
	return next.value;
}

interface OwnEntry {
	readonly number: number;
	readonly entry: Entry;
}

/** An entry of our own is the next to be derived: it need not be read. */
function ownPiece(
	own: OwnEntry | undefined,
	number: number,
): Piece<Write> | undefined {
	if (own?.number !== number || own.entry.parts !== undefined) return undefined;
	return { ...own.entry, of: 1, isMade: false };
}

type Operation = Exclude<
	Step<Write>,
	{ do: "query" | "roll" | "tail" | "watermark" | "raise" }
>;

async function operate(
	database: Database,
	step: Operation,
	settings: EntryLimits,
): Promise<unknown> {
	switch (step.do) {
		case "piece":
			return await askTwice(database, () =>
				readPiece(database, step.number, step.piece),
			);
		case "mark":
			return await markPiece(database, step.number, step.piece);
		case "spoil":
			return await spoilParts(database, step.writers);
		case "remove":
			return await removeParts(database, step.writers);
		case "insert":
			return await insertEntry(database, step.number, step.entry, settings);
		case "write":
			return await makeWrites(database, step.number, step.writes);
		default:
			return unreachable(step);
	}
}

async function noQuery(): Promise<never> {
	throw new Error("rolling forward asks nothing");
}

/**
 * Those who wait for the tail together get it from one read, or from a second one
 * where it is not answered. Both were sent after each of them asked, so they have
 * all that was applied before.
 */
function tailReader(database: Database): () => Promise<number> {
	const ask = askTogether<undefined, number>(async (asked) => {
		const newest = await askTwice(database, () =>
			database.tails.findOne({}, { sort: { _id: -1 }, projection: { _id: 1 } }),
		);
		return asked.map(() => newest?._id ?? 0);
	}, Number.POSITIVE_INFINITY);
	return () => ask(undefined);
}
