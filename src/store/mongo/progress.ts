import { unreachable } from "../../model/errors.ts";
import type { Database } from "./database.ts";
import { makeWrites } from "./derive.ts";
import { insertEntry, readEntry } from "./entries.ts";
import type { Entry, Write } from "./log.ts";
import type { Protocol, Step } from "./protocol.ts";
import { rollForward } from "./protocol.ts";

/** Runs the steps of the protocol on a database, and knows how far the log is derived. */
export interface Progress {
	/** Everything is derived up to here. */
	readonly known: number;
	/** Resolves when everything is derived up to `target`. */
	rollTo(target: number): Promise<number>;
	/** @param query reads at a number: what a `query` step resolves to */
	run<Result>(
		protocol: Protocol<Write, Result>,
		query: (at: number) => Promise<unknown>,
	): Promise<Result>;
}

export function createProgress(
	database: Database,
	settings: {
		readonly settleMillis: number;
		readonly maxBytes?: number | undefined;
	},
): Progress {
	let known = 0;
	let rolling: Promise<void> | undefined;
	/** Written by this process: the next to be derived. */
	let own: { number: number; entry: Entry } | undefined;

	async function roll(target: number): Promise<void> {
		const derived = await run(rollForward<Write>(known, target), noQuery);
		known = Math.max(known, derived);
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
		switch (step.do) {
			case "tail":
				return await readTail(database);
			case "watermark":
				return (await database.meta.findOne({ _id: "derived" }))?.n ?? 0;
			case "raise":
				return await database.meta.updateOne(
					{ _id: "derived" },
					{ $max: { n: step.to } },
				);
			case "entry":
				return own?.number === step.number
					? own.entry
					: await readEntry(database, step.number);
			case "insert": {
				const { number, entry } = step;
				const isOurs = await insertEntry(database, number, entry, settings);
				if (isOurs) own = { number, entry };
				return isOurs;
			}
			case "write":
				return await makeWrites(database, step.number, step.writes);
			case "roll":
				return await rollTo(step.to);
			case "query":
				return await query(step.at);
			default:
				return unreachable(step);
		}
	}

	async function run<Result>(
		protocol: Protocol<Write, Result>,
		query: (at: number) => Promise<unknown>,
	): Promise<Result> {
		let next = protocol.next();
		while (next.done !== true) {
			const steps = next.value.map((step) => make(step, query));
			next = protocol.next(await Promise.all(steps));
		}
		return next.value;
	}

	return {
		get known() {
			return known;
		},
		rollTo,
		run,
	};
}

async function noQuery(): Promise<never> {
	throw new Error("rolling forward asks nothing");
}

async function readTail({ tails }: Database): Promise<number> {
	const newest = await tails.findOne(
		{},
		{ sort: { _id: -1 }, projection: { _id: 1 } },
	);
	return newest?._id ?? 0;
}
