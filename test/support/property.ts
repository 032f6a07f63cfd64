import assert from "node:assert/strict";
import fc from "fast-check";

/**
 * Checks a property with random cases. A failure names the seed and the path of
 * the smallest counterexample; `PROPERTY_SEED` and `PROPERTY_RUNS` repeat or
 * deepen a run from outside.
 */
export async function checkProperty<Values extends unknown[]>(
	property: fc.IAsyncProperty<Values> | fc.IProperty<Values>,
	options: { readonly runs?: number; readonly seed?: number } = {},
): Promise<void> {
	const seed = numberFrom("PROPERTY_SEED") ?? options.seed ?? freshSeed();
	const numRuns = numberFrom("PROPERTY_RUNS") ?? options.runs ?? 100;
	try {
		await fc.assert(property, { seed, numRuns });
	} catch (error) {
		throw new Error(`property failed with PROPERTY_SEED=${seed}`, {
			cause: error,
		});
	}
}

/** A fixed seed: whether a planted bug is found is then a fact of the test, not of luck. */
const SEED_OF_PLANTS = 7;

/** Asserts that random cases find what is planted: the property fails for one of them. */
export async function assertFindsPlanted<Values extends unknown[]>(
	broken: fc.IAsyncProperty<Values>,
	options: { readonly runs: number },
): Promise<void> {
	const { failed } = await fc.check(broken, {
		seed: SEED_OF_PLANTS,
		numRuns: options.runs,
		endOnFailure: true,
	});
	assert.equal(failed, true, `no bug found in ${options.runs} cases`);
}

function numberFrom(name: string): number | undefined {
	const text = process.env[name];
	return text === undefined ? undefined : Number(text);
}

function freshSeed(): number {
	return Math.floor(Math.random() * 2 ** 31);
}
