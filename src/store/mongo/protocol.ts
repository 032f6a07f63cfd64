/**
 * How several servers write one log and read what follows from it (README.md in
 * this folder has the invariants). Only the order of steps is here: each is one
 * operation on one document, or some that may go in any order. The store runs
 * them on a database; a test runs them in every order there is.
 */

/** What a log entry holds for the protocol: who wrote it, and what follows from it. */
export interface ProtocolEntry<Write> {
	/** Unique: whoever finds this knows whose entry it is. */
	readonly writer: string;
	/** Ends of rows; none may be missing before a row takes the place of another. */
	readonly ends: readonly Write[];
	readonly rows: readonly Write[];
	/** The writes were put down before, in so many parts, and not here. */
	readonly parts?: number;
}

/** Some of the writes of an entry. No piece has ends after one that has rows. */
export interface Piece<Write> {
	readonly ends: readonly Write[];
	readonly rows: readonly Write[];
	/** How many the entry has. */
	readonly of: number;
	/** Its writes are made, and durable. */
	readonly isMade: boolean;
}

export type Step<Write> =
	/** Resolves to the greatest number in the log, 0 without one. */
	| { readonly do: "tail" }
	/** Resolves to a number up to which all entries are derived; who derives `target` is given a moment to end. */
	| { readonly do: "watermark"; readonly target: number }
	/** Raises the watermark; resolves when what the log has so far is durable. */
	| { readonly do: "raise"; readonly to: number }
	/** Resolves to a piece of an entry that is not derived everywhere. */
	| { readonly do: "piece"; readonly number: number; readonly piece: number }
	/** Says that the writes of a piece are made; resolves when they are durable. */
	| { readonly do: "mark"; readonly number: number; readonly piece: number }
	/** Resolves to whether the entry is at this number: false when another one is. */
	| {
			readonly do: "insert";
			readonly number: number;
			readonly entry: ProtocolEntry<Write>;
	  }
	/** Idempotent writes, in any order, by whoever derives an entry. */
	| {
			readonly do: "write";
			readonly number: number;
			readonly writes: readonly Write[];
	  }
	/** Makes sure that everything is derived up to a number; resolves to such a one, which may be greater. */
	| { readonly do: "roll"; readonly to: number }
	/** Reads rows as of a number: the answer does not depend on later entries. */
	| { readonly do: "query"; readonly at: number }
	/** Spoils the parts of writers: who looks at them from now on does not insert the entry. */
	| { readonly do: "spoil"; readonly writers: readonly string[] }
	/** Removes the parts of those of the writers who have no entry in the log. */
	| { readonly do: "remove"; readonly writers: readonly string[] };

/** Yields steps that may go at once and gets their results, in order. */
export type Protocol<Write, Result> = Generator<
	readonly Step<Write>[],
	Result,
	readonly unknown[]
>;

/**
 * Derives all entries up to a number that is in the log.
 * @param known a number up to which everything is derived
 * @param isOwn whether the entry at `target` was written here, so that nobody else is waited for
 * @returns a number up to which everything is derived
 */
export function* rollForward<Write>(
	known: number,
	target: number,
	isOwn = false,
): Protocol<Write, number> {
	let derived = known;
	if (!isOwn || known < target - 1) {
		const [watermark] = yield [{ do: "watermark", target }];
		derived = Math.max(known, watermark as number);
	}
	while (derived < target) {
		const number = derived + 1;
		yield* derive<Write>(number);
		derived = number;
	}
	yield [{ do: "raise", to: derived }];
	return derived;
}

/** Piece after piece, so that whoever comes after one that died need not begin again. */
function* derive<Write>(number: number): Protocol<Write, void> {
	for (let piece = 0, of = 1; piece < of; piece++) {
		const [found] = yield [{ do: "piece", number, piece }];
		const { ends, rows, isMade, ...entry } = found as Piece<Write>;
		of = entry.of;
		if (isMade) continue;
		yield [{ do: "write", number, writes: ends }];
		yield [{ do: "write", number, writes: rows }];
		if (of > 1) yield [{ do: "mark", number, piece }];
	}
}

/** Reads at a number that has everything that was applied before the read began. */
export function* read<Write>(
	known: number,
): Protocol<Write, { readonly at: number; readonly answer: unknown }> {
	const [tail, answer] = yield [{ do: "tail" }, { do: "query", at: known }];
	if ((tail as number) <= known) return { at: known, answer };
	const [derived] = yield [{ do: "roll", to: tail as number }];
	const at = derived as number;
	const [again] = yield [{ do: "query", at }];
	return { at, answer: again };
}

/** What change sets come to at a number. Without an entry there is nothing to write. */
export interface Decision<Write> {
	readonly entry: ProtocolEntry<Write> | undefined;
}

export interface Committed<Decided> {
	/** Decided at `number - 1`, which was the newest state. */
	readonly decision: Decided;
	/** Where the entry is; undefined without one. */
	readonly number: number | undefined;
}

/**
 * Decides at the newest state and puts the entry that comes of it into the log.
 * A `query` step resolves to the decision.
 * @param known a number up to which everything is derived
 * @param needsRows whether a decision needs what follows from the entry that took its number, not only the entry
 */
export function* commit<Write, Decided extends Decision<Write>>(
	known: number,
	needsRows = true,
): Protocol<Write, Committed<Decided>> {
	for (let at = known; ; ) {
		const [decided] = yield [{ do: "query", at }];
		const decision = decided as Decided;
		const { entry } = decision;
		const number = at + 1;
		if (entry !== undefined) {
			const [isOurs] = yield [{ do: "insert", number, entry }];
			if (isOurs === true) return { decision, number };
			if (!needsRows) {
				at = number;
				continue;
			}
		}
		const [tail] = yield [{ do: "tail" }];
		if (entry === undefined && tail === at)
			return { decision, number: undefined };
		const [derived] = yield [{ do: "roll", to: tail as number }];
		at = derived as number;
	}
}

/**
 * Removes parts whose writers seem to be dead. One may only be asleep: what it
 * has decided so far loses its number to an empty entry, and what it decides
 * later looks at the parts first and finds them spoilt. So the log has its entry
 * by then, or never. The `query` of this `commit` resolves to an empty entry.
 * @param known a number up to which everything is derived
 */
export function* abandon<Write>(
	known: number,
	writers: readonly string[],
): Protocol<Write, void> {
	yield [{ do: "spoil", writers }];
	yield* commit<Write, Decision<Write>>(known);
	yield [{ do: "remove", writers }];
}
