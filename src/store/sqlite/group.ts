import { unreachable } from "../../model/errors.ts";
import { type AdvanceResult, applyInOrder } from "../applyInOrder.ts";
import type { ApplyResult, Change, ChangeSet, Refusal } from "../changes.ts";
import { applyAdvance, headRefusal } from "./apply/advance.ts";
import { applyClaim } from "./apply/claims.ts";
import { applyHistory } from "./apply/history.ts";
import { applyRecord } from "./apply/records.ts";
import type { Database } from "./database.ts";
import { driverFailure } from "./driverErrors.ts";

/** What became of one change set of a group. */
export type SetOutcome =
	| { readonly kind: "decided"; readonly result: ApplyResult }
	| {
			readonly kind: "unavailable";
			readonly outcome: "not-applied" | "unknown";
			readonly message: string;
	  }
	/** The set broke an assertion or a rule of the schema: a bug, and nothing was applied. */
	| { readonly kind: "bug"; readonly message: string };

export interface GroupOutcome {
	/** One per change set, in order. */
	readonly outcomes: readonly SetOutcome[];
	/** Why the file must not be written any more by this process. */
	readonly fatal: string | undefined;
}

/**
 * Applies change sets that wait together in one transaction: each in a
 * savepoint of its own, all with one sync of the disk.
 */
export function applyGroup(
	db: Database,
	sets: readonly ChangeSet[],
): GroupOutcome {
	const outcomes: SetOutcome[] = [];
	try {
		db.prepare("BEGIN IMMEDIATE").run();
		for (const set of sets) outcomes.push(applyInSavepoint(db, set));
	} catch (error) {
		rollBack(db);
		return allUnavailable(sets, error, "not-applied");
	}
	try {
		db.prepare("COMMIT").run();
		return { outcomes, fatal: undefined };
	} catch (error) {
		return commitFailure(db, outcomes, error);
	}
}

/** @throws the driver's error when it concerns the whole transaction */
function applyInSavepoint(db: Database, set: ChangeSet): SetOutcome {
	db.prepare("SAVEPOINT one_set").run();
	let outcome: SetOutcome;
	try {
		const result = applyInOrder(set, (change) => applyOne(db, change));
		outcome = { kind: "decided", result };
		if (result.outcome === "refused") db.prepare("ROLLBACK TO one_set").run();
	} catch (error) {
		const failure = driverFailure(error);
		const isOfSet = failure === undefined || failure === "constraint";
		if (!isOfSet || !db.inTransaction) throw error;
		db.prepare("ROLLBACK TO one_set").run();
		outcome = { kind: "bug", message: messageOf(error) };
	}
	db.prepare("RELEASE one_set").run();
	return outcome;
}

function applyOne(
	db: Database,
	change: Change,
): Refusal | undefined | AdvanceResult {
	switch (change.op) {
		case "insert":
		case "update":
		case "delete":
		case "check":
			return applyRecord(db, change);
		case "advance":
			return applyAdvance(db, change);
		case "requireHead":
			return headRefusal(db, change);
		case "claim":
		case "setClaims":
		case "releaseClaims":
			return applyClaim(db, change);
		case "forget":
		case "forgetLine":
			return applyHistory(db, change);
		default:
			return unreachable(change);
	}
}

/**
 * Whether a COMMIT that failed certainly did nothing. Without space, or when a
 * write fails, the commit mark (written last) is not in the file: nothing
 * counts. After any other failure it may be there.
 */
export function isProvedLost(error: unknown): boolean {
	const failure = driverFailure(error);
	return failure === "full" || failure === "write" || failure === "constraint";
}

function commitFailure(
	db: Database,
	decided: readonly SetOutcome[],
	error: unknown,
): GroupOutcome {
	rollBack(db);
	const isProved = isProvedLost(error);
	const message = messageOf(error);
	const outcomes = decided.map((set): SetOutcome => {
		const wasApplied =
			set.kind === "decided" && set.result.outcome === "applied";
		const outcome = wasApplied && !isProved ? "unknown" : "not-applied";
		return { kind: "unavailable", outcome, message };
	});
	return { outcomes, fatal: isProved ? undefined : message };
}

function allUnavailable(
	sets: readonly ChangeSet[],
	error: unknown,
	outcome: "not-applied" | "unknown",
): GroupOutcome {
	const message = messageOf(error);
	return {
		outcomes: sets.map(() => ({ kind: "unavailable", outcome, message })),
		fatal: isFatal(error) ? message : undefined,
	};
}

/** After these, what the disk holds is not certain: no further write may build on it. */
export function isFatal(error: unknown): boolean {
	const failure = driverFailure(error);
	return (
		failure === "sync" || failure === "corrupt" || failure === "not-a-database"
	);
}

/** A failed statement may have ended the transaction already. */
function rollBack(db: Database): void {
	if (db.inTransaction) db.prepare("ROLLBACK").run();
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
