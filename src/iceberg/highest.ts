/** The highest of ids, -1 when there are none; for lists of any length. */
export function highest(ids: readonly number[]): number {
	return ids.reduce((a, b) => Math.max(a, b), -1);
}
