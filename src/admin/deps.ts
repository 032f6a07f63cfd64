import type { FileStorage } from "../files/contract.ts";
import type { Clock, NewUuid } from "../model/ids.ts";
import type { Principal } from "../model/principal.ts";
import type { Properties, Warehouse } from "../model/registry.ts";
import type { RecordChange } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";

/** What the management use cases need. */
export interface AdminDeps {
	readonly store: Store;
	readonly clock: Clock;
	readonly newUuid: NewUuid;
	storageFor(warehouse: Warehouse): FileStorage;
	/**
	 * Whether this server's operator lets a warehouse have this configuration.
	 * @throws PangolinError `bad-request`, `location-not-allowed`
	 */
	checkWarehouse(storageConfig: Properties): void;
}

/** Who asks, and what travels along with the effect. */
export interface Call {
	readonly principal: Principal;
	readonly slot?: RecordSlot | undefined;
}

/** An Idempotency-Key's record of an answer, as changes of the effect's own change set. */
export interface RecordSlot {
	record(
		answer:
			| { readonly kind: "empty" }
			| {
					readonly kind: "json";
					readonly body: string;
					readonly status: number;
			  },
	): readonly RecordChange[];
	/** Said when a change set with the record was applied. */
	applied(): void;
}

/** An answer to a mutation: 204 without a value. */
export interface Effect {
	readonly status: 200 | 201 | 204;
	/** JSON text; undefined with 204. */
	readonly body?: string;
}

export const EMPTY: Effect = { status: 204 };

export function effect(status: 200 | 201, value: unknown): Effect {
	return { status, body: JSON.stringify(value) };
}

/** The changes that remember an effect, when the caller gave an Idempotency-Key. */
export function recordOf(call: Call, answer: Effect): readonly RecordChange[] {
	if (call.slot === undefined) return [];
	return call.slot.record(
		answer.body === undefined
			? { kind: "empty" }
			: { kind: "json", body: answer.body, status: answer.status },
	);
}
