import { PangolinError } from "../model/errors.ts";
import { StoreUnavailable } from "../store/contract.ts";

/** What a store's failure means to a caller; undefined for any other error. */
export function storeFailure(error: unknown): PangolinError | undefined {
	if (!(error instanceof StoreUnavailable)) return undefined;
	return error.outcome === "unknown"
		? new PangolinError(
				"commit-state-unknown",
				"The change may or may not have been made; look before trying again",
				{ cause: error },
			)
		: new PangolinError(
				"unavailable",
				"The database cannot answer now; nothing was done, try again",
				{ cause: error, retryAfterSeconds: 1 },
			);
}
