import type { Store } from "../contract.ts";

export type Sentence = `${"W" | "L" | "C" | "R" | "H"}${number}`;

/** One consequence of one sentence of the contract (see ../contract.ts). */
export interface Case {
	readonly sentence: Sentence;
	/** What must hold. */
	readonly name: string;
	/** Rejects when it does not hold. The store may hold other cases' rows. */
	run(store: Store, tools: CaseTools): Promise<void>;
}

export interface CaseTools {
	/** A string that no case got before. */
	fresh(prefix: string): string;
	/** A store of the same kind with nothing in it; closed by the suite. */
	openEmpty(): Promise<Store>;
}
