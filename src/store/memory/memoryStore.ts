import { unreachable } from "../../model/errors.ts";
import type {
	AppliedCommit,
	ApplyResult,
	Change,
	ChangeSet,
	Refusal,
} from "../changes.ts";
import type { Store } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import { assertWellFormed } from "../wellFormed.ts";
import { applyAdvance, headRefusal } from "./advance.ts";
import { applyClaim } from "./claims.ts";
import { commitReader, dropReader } from "./commits.ts";
import { applyHistory, historyReader } from "./history.ts";
import {
	claimReader,
	entryReader,
	mergeReader,
	refReader,
	registryReader,
	workReader,
} from "./readers.ts";
import { applyRecord } from "./records.ts";
import type { State } from "./state.ts";
import { emptyState } from "./state.ts";
import type { Transaction } from "./transaction.ts";
import { beginTransaction } from "./transaction.ts";

/** A store in this process's memory: nothing outlives it, unless somebody else holds its state. */
export function openMemoryStore(state: State = emptyState()): Store {
	let isOpen = true;
	return {
		description: "memory (nothing is kept after a stop)",
		registry: registryReader(state),
		refs: refReader(state),
		entries: entryReader(state),
		commits: commitReader(state),
		drops: dropReader(state),
		merges: mergeReader(state),
		claims: claimReader(state),
		history: historyReader(state),
		work: workReader(state),
		async apply(changes) {
			if (!isOpen) throw closed();
			assertWellFormed(changes);
			return applyAll(state, changes);
		},
		async ping() {
			if (!isOpen) throw closed();
		},
		async close() {
			isOpen = false;
		},
	};
}

function closed(): StoreUnavailable {
	return new StoreUnavailable("not-applied", "the store is closed");
}

function applyAll(state: State, changes: ChangeSet): ApplyResult {
	const tx = beginTransaction();
	const commits: AppliedCommit[] = [];
	for (const [index, change] of changes.entries()) {
		const result = applyOne(state, tx, change);
		if (result === undefined) continue;
		if (typeof result === "object" && "applied" in result) {
			commits.push(result.applied);
			continue;
		}
		tx.rollBack();
		return typeof result === "string"
			? { outcome: "refused", reason: result, at: { change: index } }
			: {
					outcome: "refused",
					reason: result.refused,
					at:
						result.entry === undefined
							? { change: index }
							: { change: index, entry: result.entry },
				};
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
