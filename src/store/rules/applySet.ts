import { unreachable } from "../../model/errors.ts";
import { type AdvanceResult, applyInOrder } from "../applyInOrder.ts";
import type { ApplyResult, Change, ChangeSet, Refusal } from "../changes.ts";
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
		const result = applyInOrder(changes, (change) =>
			applyOne(state, tx, change),
		);
		if (result.outcome === "refused") tx.rollBack();
		return result;
	} catch (error) {
		tx.rollBack();
		throw error;
	}
}

function applyOne(
	state: State,
	tx: Transaction,
	change: Change,
): Refusal | undefined | AdvanceResult {
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
