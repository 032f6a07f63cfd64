import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MongoNetworkError, MongoServerError } from "mongodb";
import { StoreUnavailable } from "../contract.ts";
import { attempts } from "./background.ts";
import { unavailable } from "./entries.ts";

const AWAY = new MongoNetworkError("away");
const REFUSED = new MongoServerError({ message: "not authorized", code: 13 });
const BUG = new TypeError("a bug");

/** Which of the outcomes of attempts in a row are told; undefined: it succeeds. */
async function told(
	patience: number,
	outcomes: readonly (Error | undefined)[],
): Promise<unknown[]> {
	const all: unknown[] = [];
	const attempt = attempts("here", (_, error) => all.push(error), patience);
	for (const outcome of outcomes) {
		const succeeded = await attempt(async () => {
			if (outcome !== undefined) throw outcome;
		});
		assert.equal(succeeded, outcome === undefined);
	}
	return all;
}

describe("attempts that nobody waits for", () => {
	it("tell one failure of a row, and again after a success", async () => {
		assert.deepEqual(await told(2, [BUG, REFUSED, BUG]), [BUG]);
		const twice = [REFUSED, BUG, undefined, BUG, REFUSED];
		assert.deepEqual(await told(2, twice), [REFUSED, BUG]);
	});

	it("tell that the database is away only when it is so again and again", async () => {
		const once = [AWAY, undefined, AWAY, undefined];
		assert.deepEqual(await told(2, once), []);
		assert.deepEqual(await told(2, [AWAY, AWAY, AWAY, BUG]), [AWAY]);
		assert.deepEqual(await told(9, [AWAY, AWAY, BUG]), [BUG]);
	});

	it("know why the store is unavailable", async () => {
		const noMajority = new StoreUnavailable("unknown", "no majority");
		const away = [noMajority, unavailable("not-applied", AWAY)];
		assert.deepEqual(await told(9, away), []);
		const refused = unavailable("not-applied", REFUSED);
		assert.deepEqual(await told(9, [refused]), [refused]);
	});
});
