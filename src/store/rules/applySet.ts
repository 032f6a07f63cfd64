import { unreachable } from "../../model/errors.ts";
import type {
	AppliedCommit,
	ApplyResult,
	Change,
	ChangeSet,
	Refusal,
} from "../changes.ts";
import { applyAdvance, headRefusal } from "./advance.ts";
import { applyClaim } from "./claims.ts";
import { applyHistory } from "./history.ts";
import { applyRecord } from "./records.ts";
import type { State } from "./state.ts";
import type { Transaction } from "./transaction.ts";
import { beginTransaction } from "./transaction.ts";

/**
 * Applies a change set to a state as a whole, or says what refused it and leaves the state as it was.
 * @throws Error on a broken assertion; the state is then as it was
 */
export function applySet(state: State, changes: ChangeSet): ApplyResult {
	const tx = beginTransaction();
	try {
		const result = applyAll(state, tx, changes);
		if (result.outcome === "refused") tx.rollBack();
		return result;
	} catch (error) {
		tx.rollBack();
		throw error;
	}
}

function applyAll(
	state: State,
	tx: Transaction,
	changes: ChangeSet,
): ApplyResult {
	const commits: AppliedCommit[] = [];
	for (const [index, change] of changes.entries()) {
		const result = applyOne(state, tx, change);
		if (result === undefined) continue;
		if (typeof result === "string")
			return { outcome: "refused", reason: result, at: { change: index } };
		if ("applied" in result) {
			commits.push(result.applied);
			continue;
		}
		const { refused, entry } = result;
		const at =
			entry === undefined ? { change: index } : { change: index, entry };
		return { outcome: "refused", reason: refused, at };
	}
	return { outcome: "applied", commits };
}

function applyOne(
	state: State,
	tx: Transaction,
	change: Change,
): Refusal | undefined | ReturnType<typeof applyAdvance> {
	switch (change.op) {
		case "insert":
		case "update":
		case "delete":
		case "check":
			return applyRecord(state, tx, change);
		case "advance":
			return applyAdvance(state, tx, change);
		case "requireHead":
			return headRefusal(state, change);
		case "claim":
		case "setClaims":
		case "releaseClaims":
			return applyClaim(state, tx, change);
		case "forget":
		case "forgetLine":
			return applyHistory(state, tx, change);
		default:
			return unreachable(change);
	}
}
