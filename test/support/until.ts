import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";

/** Polls until a condition holds; fails after a bound that is far from any real wait. */
export async function until(
	what: string,
	holds: () => boolean | Promise<boolean>,
	millis = 30_000,
): Promise<void> {
	const deadline = performance.now() + millis;
	while (!(await holds())) {
		assert.ok(performance.now() < deadline, `${what} within ${millis} ms`);
		await setTimeout(20);
	}
}
