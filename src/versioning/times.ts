const TIME =
	/^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/**
 * An ISO 8601 date or time: `2026-08-01` (its beginning),
 * `2026-08-01T12:30`, with seconds, with a fraction. Without an offset it is UTC.
 * @returns microseconds since the epoch, what is finer is cut off; undefined for anything else
 */
export function parseTime(text: string): number | undefined {
	const match = TIME.exec(text);
	if (match === null) return undefined;
	const [, year, month, day, hour = "00", minute = "00", second = "00"] = match;
	const date = `${year}-${month}-${day}`;
	const millis = Date.parse(`${date}T${hour}:${minute}:${second}Z`);
	const offsetMinutes = offsetOf(match[8]);
	if (Number.isNaN(millis) || hour === "24" || offsetMinutes === undefined)
		return undefined;
	if (!new Date(millis).toISOString().startsWith(date)) return undefined;
	const fractionMicros = Number((match[7] ?? "").padEnd(6, "0").slice(0, 6));
	return (millis - offsetMinutes * 60_000) * 1000 + fractionMicros;
}

function offsetOf(offset = "Z"): number | undefined {
	if (offset.toUpperCase() === "Z") return 0;
	const hours = Number(offset.slice(1, 3));
	const minutes = Number(offset.slice(4, 6));
	if (hours > 23 || minutes > 59) return undefined;
	return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

/** RFC 3339 in UTC with six digits after the second, which `parseTime` reads back exactly. */
export function formatTime(timeMicros: number): string {
	const millis = Math.floor(timeMicros / 1000);
	const micros = String(timeMicros - millis * 1000).padStart(3, "0");
	return new Date(millis).toISOString().replace("Z", `${micros}Z`);
}
