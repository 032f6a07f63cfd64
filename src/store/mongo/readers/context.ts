import type { Overlay } from "../overlay.ts";
import type { Rows } from "../queries.ts";

/** What readers read with. */
export interface ReadContext {
	/**
	 * Runs a reading at a number of the log that has all that was applied before;
	 * it may run twice.
	 * @throws StoreUnavailable
	 */
	read<Result>(run: (rows: Rows) => Promise<Result>): Promise<Result>;
	/** The same, with the rules of the memory store on the rows that the reading loads. */
	readOver<Result>(run: (overlay: Overlay) => Promise<Result>): Promise<Result>;
}
