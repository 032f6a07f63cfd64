import { hash } from "node:crypto";
import { PangolinError } from "../model/errors.ts";
import { UUID_PATTERN } from "../model/ids.ts";
import type { Principal } from "../model/principal.ts";
import type { RecordChange } from "../store/changes.ts";
import { StoreUnavailable } from "../store/contract.ts";
import type { CatalogDeps } from "./deps.ts";
import {
	IdempotencyRace,
	type IdempotencySlot,
	type RecordedAnswer,
} from "./idempotencySlot.ts";
import {
	type Answer,
	type Bound,
	contentOf,
	contentOfAnswer,
	contentOfError,
	isTerminal,
	type Rebuild,
	type RecordContent,
	replay,
} from "./recordedAnswers.ts";

export interface OnceRequest {
	readonly principal: Principal;
	/** The route's id. */
	readonly operation: string;
	/** The path, with everything that names what is changed. */
	readonly target: string;
	/** The header as it came. */
	readonly key: string;
	readonly bodyHash: string;
	/** For routes that answer with a table or view; see `rebuildTable` and `rebuildView`. */
	readonly rebuild?: Rebuild | undefined;
}

/**
 * Runs a mutation at most once per Idempotency-Key. A repetition gets the
 * recorded answer (or throws the recorded error) without a second effect; one
 * that comes while the first still runs waits for it. Failures that may pass
 * (5xx, 429) are not recorded: the next request runs anew.
 * @throws PangolinError `bad-request` (no UUID), `idempotency-mismatch`
 */
export async function runOnce(
	deps: CatalogDeps,
	request: OnceRequest,
	run: (slot: IdempotencySlot) => Promise<Answer>,
): Promise<Answer> {
	const bound = bind(request);
	const place = `${bound.principal.tenant} ${bound.key}`;
	for (;;) {
		const running = deps.running.get(place);
		if (running === undefined) break;
		await Promise.allSettled([running]);
	}
	const mine = runOrReplay(deps, bound, run);
	deps.running.set(place, mine);
	try {
		return await mine;
	} finally {
		deps.running.delete(place);
	}
}

function bind(request: OnceRequest): Bound {
	const key = request.key.toLowerCase();
	if (!UUID_PATTERN.test(key)) {
		throw new PangolinError(
			"bad-request",
			"Invalid Idempotency-Key: it must be a UUID of 36 characters",
		);
	}
	const { operation, target, principal, bodyHash, rebuild } = request;
	const binding = hash(
		"sha256",
		JSON.stringify([operation, target, principal.id, bodyHash]),
	);
	return { principal, key, binding, rebuild };
}

async function runOrReplay(
	deps: CatalogDeps,
	request: Bound,
	run: (slot: IdempotencySlot) => Promise<Answer>,
): Promise<Answer> {
	const { tenant } = request.principal;
	const row = await deps.store.work.idempotency(tenant, request.key);
	if (row !== undefined && row.value.expiresAtMillis > deps.clock())
		return replay(request, row.value);
	const slot = openSlot((content) => [
		recordChange(deps, request, content, row?.version),
	]);
	let answer: Answer;
	try {
		answer = await run(slot);
	} catch (error) {
		if (error instanceof IdempotencyRace) return replayWinner(deps, request);
		if (!(error instanceof PangolinError) || !isTerminal(error.code))
			throw error;
		const winner = await keep(deps, request, slot, contentOfError(error));
		if (winner !== undefined) return winner;
		throw error;
	}
	if (slot.isApplied()) return answer;
	const named = slot.lastNamed();
	const content =
		named === undefined ? contentOfAnswer(answer) : contentOf(named);
	return (await keep(deps, request, slot, content)) ?? answer;
}

interface Slot extends IdempotencySlot {
	isApplied(): boolean;
	lastNamed(): RecordedAnswer | undefined;
	changesFor(content: RecordContent): RecordChange[];
}

function openSlot(
	changesFor: (content: RecordContent) => RecordChange[],
): Slot {
	let isApplied = false;
	let named: RecordedAnswer | undefined;
	return {
		record: (answer) => {
			named = answer;
			return changesFor(contentOf(answer));
		},
		applied: () => {
			isApplied = true;
		},
		isApplied: () => isApplied,
		lastNamed: () => named,
		changesFor,
	};
}

/**
 * Refused when somebody else used the key meanwhile.
 * @param expired the version of the expired record under the key, in whose place this one comes; undefined: there is none
 */
function recordChange(
	deps: CatalogDeps,
	{ principal, key, binding }: Bound,
	content: RecordContent,
	expired: number | undefined,
): RecordChange {
	const { tenant } = principal;
	const collection = "idempotency";
	const expiresAtMillis = deps.clock() + deps.limits.idempotencyLifetimeMillis;
	const value = { tenant, key, binding, ...content, expiresAtMillis };
	return expired === undefined
		? { op: "insert", collection, value }
		: {
				op: "update",
				collection,
				key: { tenant, key },
				value,
				ifVersion: expired,
			};
}

/**
 * Records an answer that had no effect of its own to travel with. Without the
 * record the same request simply runs again, so a store that is away is no
 * reason to fail.
 * @returns the answer of somebody else who had the same key first
 */
async function keep(
	deps: CatalogDeps,
	request: Bound,
	slot: Slot,
	content: RecordContent,
): Promise<Answer | undefined> {
	try {
		const result = await deps.store.apply(slot.changesFor(content));
		return result.outcome === "applied"
			? undefined
			: await replayWinner(deps, request);
	} catch (error) {
		if (!(error instanceof StoreUnavailable)) throw error;
		deps.observe({
			kind: "cleanup-failed",
			what: "record the answer to an Idempotency-Key",
			error,
		});
		return undefined;
	}
}

async function replayWinner(
	deps: CatalogDeps,
	request: Bound,
): Promise<Answer> {
	const { tenant } = request.principal;
	const row = await deps.store.work.idempotency(tenant, request.key);
	if (row !== undefined) return replay(request, row.value);
	throw new PangolinError(
		"unavailable",
		"The Idempotency-Key is in use by another request, try again",
	);
}
