import { setTimeout } from "node:timers/promises";
import { assert } from "../../model/errors.ts";
import type { ApplyResult, ChangeSet } from "../changes.ts";
import { StoreUnavailable } from "../contract.ts";
import { textAt } from "../sql/values.ts";
import type { Database } from "./database.ts";
import { applyError, driverFailure } from "./driverErrors.ts";
import { encodeSet } from "./encode.ts";
import type { Locks } from "./locks.ts";
import { joinedLocks, locksOf } from "./locks.ts";

/** How much was written since the store was opened. */
export interface WriterStatistics {
	/** Calls of the database that wrote, each one transaction. */
	readonly transactions: number;
	readonly changeSets: number;
}

export interface Writer {
	/** @throws StoreUnavailable */
	apply(changes: ChangeSet): Promise<ApplyResult>;
	readonly statistics: WriterStatistics;
	/** Applies what was accepted. */
	close(): Promise<void>;
}

const APPLY = "SELECT apply_sets($1::jsonb)::text";
/** Groups on their way at once: while one waits for the disk, the next one begins. */
const MAX_GROUPS = 2;
/** Of one group: the server keeps all locks of all its transactions in one table of limited size. */
const MAX_SETS = 64;
const MAX_LOCKS = 500;
/** Of a group that met others in the database. */
const MAX_ATTEMPTS = 3;

interface Waiting {
	/** JSON, made once. */
	readonly text: string;
	readonly locks: Locks;
	resolve(result: ApplyResult): void;
	reject(error: Error): void;
}

/** What the database says of one set. */
type Outcome =
	| ApplyResult
	| { readonly outcome: "bug"; readonly message: string };

/** Change sets that wait together travel together, as one call of the database. */
export function createWriter(db: Database, maxQueued: number): Writer {
	const statistics = { transactions: 0, changeSets: 0 };
	let waiting: Waiting[] = [];
	let unanswered = 0;
	let groups = 0;
	let isClosed = false;
	const drained = Promise.withResolvers<void>();

	function send(): void {
		while (groups < MAX_GROUPS && waiting.length > 0) {
			const group = waiting.slice(0, groupSize(waiting));
			waiting = waiting.slice(group.length);
			groups++;
			void applyGroup(group).then(() => {
				groups--;
				unanswered -= group.length;
				if (isClosed && unanswered === 0) drained.resolve();
				send();
			});
		}
	}

	/** Answers all of its sets; does not reject. */
	async function applyGroup(group: readonly Waiting[]): Promise<void> {
		try {
			const outcomes = await callDatabase(db, group, statistics);
			group.forEach((set, i) => {
				answer(set, outcomes[i]);
			});
		} catch (error) {
			const failure = driverFailure(error);
			const isProved = failure === "bug" || failure === "refused";
			if (isProved && group.length > 1) {
				// One of them spoils it for the others.
				for (const set of group) await applyGroup([set]);
				return;
			}
			for (const set of group) set.reject(applyError(error));
		}
	}

	return {
		statistics,
		apply(changes) {
			if (isClosed) return refuse("the store is closed");
			if (unanswered >= maxQueued)
				return refuse("too many change sets are waiting", { overloaded: true });
			const set = {
				text: JSON.stringify(encodeSet(changes)),
				locks: locksOf(changes),
			};
			unanswered++;
			return new Promise((resolve, reject) => {
				waiting.push({ ...set, resolve, reject });
				// What one turn of the event loop asks for travels together.
				setImmediate(send);
			});
		},
		close() {
			isClosed = true;
			if (unanswered === 0) drained.resolve();
			return drained.promise;
		},
	};
}

/** @throws the driver's errors, those that others caused after some attempts only */
async function callDatabase(
	db: Database,
	group: readonly Waiting[],
	statistics: { transactions: number; changeSets: number },
): Promise<Outcome[]> {
	const request = requestOf(group);
	for (let attempt = 1; ; attempt++) {
		try {
			statistics.transactions++;
			const [row] = await db.query(APPLY, [request]);
			statistics.changeSets += group.length;
			return JSON.parse(textAt(row ?? [], 0));
		} catch (error) {
			if (driverFailure(error) !== "retry" || attempt === MAX_ATTEMPTS)
				throw error;
			await setTimeout(10 * 2 ** attempt);
		}
	}
}

function groupSize(waiting: readonly Waiting[]): number {
	let locks = 0;
	const end = waiting.findIndex((set, i) => {
		locks += set.locks.size;
		return i > 0 && (i === MAX_SETS || locks > MAX_LOCKS);
	});
	return end === -1 ? waiting.length : end;
}

/** JSON for `apply_sets`. */
function requestOf(group: readonly Waiting[]): string {
	const locks = Object.fromEntries(joinedLocks(group.map((set) => set.locks)));
	const sets = group.map((set) => set.text).join(",");
	return `{"locks":${JSON.stringify(locks)},"sets":[${sets}]}`;
}

function answer(set: Waiting, outcome: Outcome | undefined): void {
	assert(outcome !== undefined, "the database answers every set");
	if (outcome.outcome === "bug") set.reject(new Error(outcome.message));
	else set.resolve(outcome);
}

function refuse(
	message: string,
	options: { overloaded?: boolean } = {},
): Promise<never> {
	return Promise.reject(new StoreUnavailable("not-applied", message, options));
}
