import { randomUUID } from "node:crypto";
import { setTimeout as passed } from "node:timers/promises";
import { askTogether } from "../together.ts";
import type { Database } from "./database.ts";

/**
 * In turns, as long as they were lately: how soon the watermark is looked at
 * again, and how long a server that does not go on is waited for; each at least
 * and at most so many milliseconds.
 */
const LOOK = { turns: 1 / 4, least: 2, most: 25 };
const PATIENCE = { turns: 4, least: 50, most: 250 };

/** After a lost number: groups that wait for their turn. */
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
	 * want it, to a number up to which everything is derived.
	 */
	mine(): Promise<number>;
	/** Another server took the number. */
	lost(): void;
}

/** The document of the watermark. */
interface Mark {
	readonly n: number;
	/** The servers that wrote entries lately, the last one first. */
	readonly writers: readonly string[];
}

export function createTurns(database: Database): Turns {
	const me = randomUUID();
	const look = markReader(database);
	let inTurn = 0;
	/** Writers that were waited for in vain. */
	let gone: readonly string[] = [];
	let endedAt = 0;
	let turnMillis = 0;
	/** How many writers took turns when this server had its last one. */
	let writing = 1;

	/** All had a turn since this server's last one. */
	function ended(): void {
		const now = performance.now();
		turnMillis = (now - endedAt) / writing;
		endedAt = now;
	}

	function millisOf({ turns, least, most }: typeof LOOK): number {
		return Math.min(Math.max(turns * turnMillis, least), most);
	}

	/**
	 * Looks until nobody is before this server, or nothing was derived for a while.
	 * @param turnsBefore how many turns, at a watermark
	 */
	async function watch(turnsBefore: (mark: Mark) => number): Promise<Mark> {
		let derived = -1;
		let deadline = 0;
		for (;;) {
			const mark = await look();
			const before = turnsBefore(mark);
			if (before === 0) return mark;
			const now = performance.now();
			if (mark.n > derived) deadline = now + millisOf(PATIENCE);
			else if (now > deadline) return mark;
			const isFirst = derived === -1;
			derived = mark.n;
			// All but the last of the turns take their time.
			const whole = isFirst ? (before - 1) * turnMillis : 0;
			await passed(Math.min(whole, PATIENCE.most) + millisOf(LOOK));
		}
	}

	async function turn(): Promise<number> {
		if (inTurn === 0) return 0;
		inTurn--;
		const before = ({ writers }: Mark) =>
			writers.includes(me) ? writers.slice(writers.indexOf(me) + 1) : [];
		const mark = await watch((mark) => before(mark).length);
		gone = before(mark);
		writing = Math.max(1, mark.writers.length - gone.length);
		return mark.n;
	}

	return {
		async derivedTo(target, isOurs) {
			return (await watch(({ n }) => (n < target && !isOurs() ? 1 : 0))).n;
		},
		async raise(to, isWriter) {
			const { meta } = database;
			if (!isWriter) {
				await meta.updateOne({ _id: "derived" }, { $max: { n: to } });
				return;
			}
			await raiseAsWriter(meta, to, me, gone);
			gone = [];
			ended();
		},
		mine: turn,
		lost() {
			inTurn = GROUPS_IN_TURN;
		},
	};
}

/** Those who look together share one read, which was sent after each of them asked. */
function markReader({ meta }: Database): () => Promise<Mark> {
	const ask = askTogether<undefined, Mark>(async (asked) => {
		const found = await meta.findOne({ _id: "derived" });
		const mark = { n: found?.n ?? 0, writers: found?.writers ?? [] };
		return asked.map(() => mark);
	}, Number.POSITIVE_INFINITY);
	return () => ask(undefined);
}

async function raiseAsWriter(
	meta: Database["meta"],
	to: number,
	me: string,
	gone: readonly string[],
): Promise<void> {
	const others = {
		$filter: {
			input: { $ifNull: ["$writers", []] },
			cond: { $not: { $in: ["$$this", [me, ...gone]] } },
		},
	};
	await meta.updateOne({ _id: "derived" }, [
		{
			$set: {
				n: { $max: ["$n", to] },
				writers: { $slice: [{ $concatArrays: [[me], others] }, MAX_WRITERS] },
			},
		},
	]);
}
