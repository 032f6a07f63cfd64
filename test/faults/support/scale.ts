/**
 * Sizes of fault tests are for every push; `FAULT_SCALE=20` makes a nightly run
 * of them. `FAULT_SEED` repeats one.
 */
export function scaled(count: number): number {
	return Math.ceil(count * Number(process.env.FAULT_SCALE ?? 1));
}

export function faultSeed(): number {
	const given = process.env.FAULT_SEED;
	return given === undefined ? Date.now() % 1_000_000 : Number(given);
}
