import { PangolinError } from "./errors.ts";
import type { Properties } from "./registry.ts";

/** The property of a catalog that says how long what was replaced or dropped can still be read, in seconds. */
export const HISTORY_RETENTION = "history.retention-seconds";

const DEFAULT_SECONDS = 7 * 24 * 60 * 60;
const MAX_SECONDS = 100 * 366 * 24 * 60 * 60;

/**
 * How long a catalog keeps what is not current any more, in seconds; 7 days
 * unless its property says otherwise.
 * @throws PangolinError `bad-request` for anything but a whole number
 */
export function historyRetentionSeconds(properties: Properties): number {
	const given = Object.hasOwn(properties, HISTORY_RETENTION)
		? properties[HISTORY_RETENTION]
		: undefined;
	if (given === undefined) return DEFAULT_SECONDS;
	const seconds = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
	if (seconds <= MAX_SECONDS) return seconds;
	throw new PangolinError(
		"bad-request",
		`Invalid ${HISTORY_RETENTION} ${JSON.stringify(given)}: use a whole number of seconds from 0 to ${MAX_SECONDS}`,
	);
}
