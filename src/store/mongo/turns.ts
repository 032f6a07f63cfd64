import { setTimeout as passed } from "node:timers/promises";
import { askTogether } from "../together.ts";
import { askTwice } from "./askTwice.ts";
import type { Database } from "./database.ts";
import { newWriter } from "./parts.ts";

/** After which time the watermark is looked at again; twice as long each time, until it is raised. */
const LOOK_MILLIS = { first: 2, most: 16 };

/** How long servers that do not go on are waited for, in milliseconds. */
export interface Patience {
	/** One that derives its entry. */
	readonly deriving: number;
	/** One whose turn it is. */
	readonly turn: number;
}
const PATIENCE: Patience = { deriving: 100, turn: 250 };

/** After a lost number: groups that wait for their turn, at most. */
const GROUPS_IN_TURN = 64;

/** Servers that are remembered as writing. */
const MAX_WRITERS = 16;

/**
 * Spares servers that write at once work for nothing: each number of the log has
 * one winner, and what the others decided for it meanwhile is lost; each entry
 * needs to be derived once, and its writer does so at once. So those that lost a
 * number lately let the others write before they write again, and whoever finds
 * an entry gives its writer a moment. Nothing rests on it: who is not waited
 * for, or waits in vain, goes on as if alone.
 */
export interface Turns {
	/**
	 * Resolves to a number up to which everything is derived: `target` at least,
	 * unless nothing was derived for a moment.
	 * @param isOurs whether the entry at `target` is known as this server's, for which nobody else is waited
	 */
	derivedTo(target: number, isOurs: () => boolean): Promise<number>;
	/** Raises the watermark. @param isWriter the newest entry is this server's */
	raise(to: number, isWriter: boolean): Promise<void>;
	/**
	 * Resolves when it is this server's turn to write, or nobody else seems to
	 * want it, to a number up to which everything is derived. That may not be in
	 * the journal yet: it counts after a write of one's own.
	 */
	mine(): Promise<number>;
	/** Another server took the number of what was written here at a later one. */
	lost(): void;
}

/** The document of the watermark. */
interface Mark {
	readonly n: number;
	/** The servers that wrote entries lately, the last one first. */
	readonly writers: readonly string[];
}

export function createTurns(
	database: Database,
	patience: Patience = PATIENCE,
): Turns {
	const me = newWriter();
	const look = markReader(database);
	let inTurn = 0;
	/** Writers that were waited for in vain. */
	let gone: readonly string[] = [];

	/** Looks until nothing is left to wait for, or it did not get less for so long. */
	async function watch(
		leftIn: (mark: Mark) => number,
		millis: number,
	): Promise<Mark> {
		let least = Number.POSITIVE_INFINITY;
		let deadline = 0;
		let pause = 0;
		for (;;) {
			const mark = await look();
			const left = leftIn(mark);
			if (left === 0) return mark;
			const now = performance.now();
			if (left < least) {
				least = left;
				deadline = now + millis;
				pause = LOOK_MILLIS.first;
			} else if (now > deadline) return mark;
			await passed(pause);
			pause = Math.min(2 * pause, LOOK_MILLIS.most);
		}
	}

	return {
		async derivedTo(target, isOurs) {
			const leftIn = ({ n }: Mark) => (isOurs() ? 0 : Math.max(0, target - n));
			return (await watch(leftIn, patience.deriving)).n;
		},
		async raise(to, isWriter) {
			const raised = isWriter ? raisedBy(me, to, gone) : { $max: { n: to } };
			await askTwice(database, () =>
				database.meta.updateOne({ _id: "derived" }, raised),
			);
			if (isWriter) gone = [];
		},
		async mine() {
			if (inTurn === 0) return 0;
			inTurn--;
			const before = ({ writers }: Mark) =>
				writers.includes(me) ? writers.slice(writers.indexOf(me) + 1) : [];
			// Others that write meanwhile are no sign of those that are waited for.
			const leftIn = (mark: Mark) => before(mark).length;
			const mark = await watch(leftIn, patience.turn);
			gone = before(mark);
			// Who was before this one does not write now: no turns until a number is lost again.
			if (gone.length > 0) inTurn = 0;
			return mark.n;
		},
		lost() {
			inTurn = GROUPS_IN_TURN;
		},
	};
}

/** Those who look together share one read, or a second one where it is not answered. */
function markReader(database: Database): () => Promise<Mark> {
	const ask = askTogether<undefined, Mark>(async (asked) => {
		const found = await askTwice(database, () =>
			database.meta.findOne({ _id: "derived" }),
		);
		const mark = { n: found?.n ?? 0, writers: found?.writers ?? [] };
		return asked.map(() => mark);
	}, Number.POSITIVE_INFINITY);
	return () => ask(undefined);
}

/** The writer comes first, the others after it. */
function raisedBy(me: string, to: number, gone: readonly string[]) {
	const others = {
		$filter: {
			input: { $ifNull: ["$writers", []] },
			cond: { $not: { $in: ["$$this", [me, ...gone]] } },
		},
	};
	const writers = { $slice: [{ $concatArrays: [[me], others] }, MAX_WRITERS] };
	return [{ $set: { n: { $max: ["$n", to] }, writers } }];
}
