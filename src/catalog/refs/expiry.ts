import { PangolinError } from "../../model/errors.ts";
import { parseTime } from "../../versioning/times.ts";

/**
 * The time at which a branch is to expire, in milliseconds since the epoch.
 * @throws PangolinError `bad-request` for what is no ISO 8601 time
 */
export function parseExpiry(text: string): number {
	const micros = parseTime(text);
	if (micros !== undefined) return Math.floor(micros / 1000);
	throw new PangolinError(
		"bad-request",
		`Invalid expiry ${JSON.stringify(text)}: use a time as 2026-08-01T12:00:00Z`,
	);
}
