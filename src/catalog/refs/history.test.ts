import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import {
	atRef,
	CALLER,
	codeIs,
	counting,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import { updateCatalog } from "../../admin/catalogs.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import { formatTime } from "../../versioning/times.ts";
import { openScope } from "../scope.ts";
import { createBranch, deleteBranch } from "./branches.ts";
import { getCommit, listCommits } from "./log.ts";
import type { CommitResult } from "./results.ts";
import { createTag, deleteTag } from "./tags.ts";

const TABLE = at("a", "t");
const WEEK = 7 * 24 * 60 * 60 * 1000;

async function log({ deps }: TestCatalog): Promise<readonly CommitResult[]> {
	const page = await listCommits(
		deps,
		NO_AUTH_PRINCIPAL,
		"default",
		"main",
		{},
	);
	return page.commits;
}

/** A table whose property `k` is `old` and then, a while later, `new`. */
async function changedTwice(openStore: (typeof STORES)[number][1]) {
	const catalog = await openTestCatalog({ openStore });
	await makeTable(catalog, TABLE);
	await setProperty(catalog, TABLE, "k", "old");
	catalog.moveClock(1000);
	await setProperty(catalog, TABLE, "k", "new");
	const [newer, older] = await log(catalog);
	assert(newer !== undefined && older !== undefined);
	return { catalog, newer, older };
}

async function kAt(catalog: TestCatalog, ref: string): Promise<unknown> {
	return metadataOf(await loadAt(await atRef(catalog, ref), TABLE)).properties
		.k;
}

/** Moves the clock until the next reading of it is this time. */
function moveTo(catalog: TestCatalog, millis: number): void {
	catalog.moveClock(millis - catalog.deps.clock() - 1);
}

const expired = {
	code: "ref-not-found",
	message: /history expired.*history\.retention-seconds/,
};

for (const [name, openStore] of STORES)
	describe(`history on ${name}`, () => {
		test("what was replaced is read for the retention and not a millisecond longer", async () => {
			const { catalog, newer, older } = await changedTwice(openStore);
			const replacedAt = newer.timestamp;
			for (const ref of [older.id, older.committed_at]) {
				moveTo(catalog, replacedAt + WEEK - 2);
				assert.equal(await kAt(catalog, ref), "old", ref);
				moveTo(catalog, replacedAt + WEEK);
				await assert.rejects(atRef(catalog, ref), expired, ref);
				const from = { name: "b", from: ref };
				await assert.rejects(
					createBranch(catalog.deps, CALLER, "default", from),
					expired,
				);
				await assert.rejects(
					createTag(catalog.deps, CALLER, "default", { name: "t", at: ref }),
					expired,
				);
			}
			assert.equal(await kAt(catalog, "main"), "new");
		});

		test("what is still current is read, however old it is", async () => {
			const { catalog, newer } = await changedTwice(openStore);
			catalog.moveClock(10 * WEEK);
			for (const ref of [newer.id, newer.committed_at, "2099-01-01"])
				assert.equal(await kAt(catalog, ref), "new", ref);
			await setProperty(catalog, TABLE, "k", "newest");
			assert.equal(await kAt(catalog, newer.id), "new");
		});

		test("a tag and a branch keep what they begin with, until they go", async () => {
			const { catalog, older } = await changedTwice(openStore);
			const { deps } = catalog;
			await createTag(deps, CALLER, "default", { name: "v1", at: older.id });
			catalog.moveClock(2 * WEEK);
			assert.equal(await kAt(catalog, older.id), "old");
			await createBranch(deps, CALLER, "default", { name: "b", from: "v1" });
			await deleteTag(deps, CALLER, "default", "v1");
			assert.equal(await kAt(catalog, older.committed_at), "old");
			await deleteBranch(deps, CALLER, "default", "b");
			await assert.rejects(atRef(catalog, older.id), expired);
		});

		test("a catalog says how long, at once, and what comes before is still in the log", async () => {
			const { catalog, older } = await changedTwice(openStore);
			const { deps, store } = catalog;
			const admin = {
				...deps,
				store,
				checkWarehouse: () => {},
			};
			const properties = { "history.retention-seconds": "60" };
			await updateCatalog(admin, CALLER, "default", { properties });
			catalog.moveClock(59_000);
			assert.equal(await kAt(catalog, older.id), "old");
			catalog.moveClock(1000);
			await assert.rejects(atRef(catalog, older.id), expired);
			const found = await getCommit(
				deps,
				NO_AUTH_PRINCIPAL,
				"default",
				older.id,
			);
			assert.equal(found.id, older.id);
			await assert.rejects(
				updateCatalog(admin, CALLER, "default", {
					properties: { "history.retention-seconds": "forever" },
				}),
				codeIs("bad-request"),
			);
		});

		test("every time within the retention is the state of that time", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			const seen: { readonly micros: number; readonly k: string }[] = [];
			for (let i = 0; i < 20; i++) {
				await setProperty(catalog, TABLE, "k", `${i}`);
				seen.push({ micros: deps.clock() * 1000, k: `${i}` });
				catalog.moveClock(WEEK / 10);
			}
			const since = deps.clock() * 1000 - WEEK * 1000;
			for (const { micros, k } of seen) {
				const time = formatTime(micros);
				const isWithin = micros > since;
				if (isWithin) assert.equal(await kAt(catalog, time), k, time);
			}
			const [first] = seen;
			await assert.rejects(
				atRef(catalog, formatTime(first?.micros ?? 0)),
				expired,
			);
		});
	});

test("a branch is opened as ever: by one read", async () => {
	const calls: string[] = [];
	const { store } = counting(calls);
	const catalog = await openTestCatalog({ store });
	calls.length = 0;
	await openScope(catalog.deps, NO_AUTH_PRINCIPAL, "default");
	assert.deepEqual(calls, ["locate"]);
});
