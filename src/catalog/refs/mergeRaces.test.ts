import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import { conflicted, headOf, merged } from "../../../test/support/merges.ts";
import {
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import type { Change, ChangeSet } from "../../store/changes.ts";
import type { Store } from "../../store/contract.ts";
import { dropTable } from "../dropTable.ts";
import { tableExists } from "../loadTable.ts";
import { createBranch } from "./branches.ts";
import { createTag } from "./tags.ts";

const ONE = at("a", "one");
const TWO = at("a", "two");
const NEW = at("a", "new");

type Meanwhile = (catalog: TestCatalog) => Promise<unknown>;

interface Raced {
	readonly main: TestCatalog;
	readonly dev: TestCatalog;
	/** Does this just before the next merge commits, that often. */
	arm(meanwhile: Meanwhile, times?: number): void;
	/** How often a merge tried to commit. */
	attempts(): number;
}

/** @param alter planted: what becomes of the merge's change set */
async function raced(
	openStore: (typeof STORES)[number][1],
	alter: (changes: ChangeSet) => ChangeSet = (changes) => changes,
): Promise<Raced> {
	let armed: Meanwhile | undefined;
	let left = 0;
	let attempts = 0;
	const wrap = (store: Store): Store => ({
		...store,
		async apply(changes) {
			if (!changes.some(isMerge)) return store.apply(changes);
			attempts++;
			if (left-- > 0) await armed?.(main);
			return store.apply(alter(changes));
		},
	});
	const main: TestCatalog = await openTestCatalog({ openStore, store: wrap });
	await makeTable(main, ONE);
	await makeTable(main, TWO);
	await createBranch(main.deps, CALLER, "default", { name: "dev" });
	const dev = await atRef(main, "dev");
	await setProperty(dev, ONE, "theirs", "1");
	await setProperty(main, ONE, "ours", "1");
	return {
		main,
		dev,
		arm(meanwhile, times = 1) {
			armed = meanwhile;
			left = times;
		},
		attempts: () => attempts,
	};
}

function isMerge(change: Change): boolean {
	return change.op === "advance" && change.commit.mergedParents.length > 0;
}

async function propertiesOf(catalog: TestCatalog, table: typeof ONE) {
	return metadataOf(await loadAt(catalog, table)).properties;
}

/** Planted: the merge does not say which versions it was planned on. */
function withoutVersions(changes: ChangeSet): ChangeSet {
	return changes.map((change): Change => {
		if (change.op !== "advance") return change;
		const entries = change.entries.map((entry) =>
			entry.op === "replace"
				? [
						{ op: "drop" as const, key: entry.key },
						{ op: "create" as const, key: entry.key, entry: entry.entry },
					]
				: [entry],
		);
		return { ...change, entries: entries.flat() };
	});
}

async function sameKeyMoved({ main, arm, attempts }: Raced): Promise<void> {
	arm(() => setProperty(main, ONE, "late", "1"));
	const before = await filesIn(main.storage);
	await merged(main, "dev");
	const { theirs, ours, late } = await propertiesOf(main, ONE);
	assert.deepEqual([theirs, ours, late], ["1", "1", "1"]);
	assert.equal(attempts(), 2);
	const added = (await filesIn(main.storage)).length - before.length;
	assert.equal(added, 2, "the staged file of the refused plan is gone");
}

for (const [name, openStore] of STORES)
	describe(`F19: a target that moves while it is merged into, on ${name}`, () => {
		test("elsewhere does not disturb the merge, however often", async () => {
			const { main, arm, attempts } = await raced(openStore);
			let n = 0;
			arm(async () => {
				await setProperty(main, TWO, "late", String(++n));
				await makeTable(main, at("a", `late${n}`));
			}, 9);
			await merged(main, "dev");
			assert.deepEqual([n, attempts()], [1, 1]);
			assert.equal((await propertiesOf(main, TWO)).late, "1");
			const one = await propertiesOf(main, ONE);
			assert.deepEqual([one.theirs, one.ours], ["1", "1"]);
		});

		test("under a key of the plan makes it plan again", async () =>
			sameKeyMoved(await raced(openStore)));

		test("so that a conflict arises keeps the conflict, and the commit", async () => {
			const { main, arm } = await raced(openStore);
			arm(() => setProperty(main, ONE, "theirs", "mine"));
			const head = await headOf(main, "main");
			const { conflicts } = await conflicted(main, "dev");
			assert.equal(conflicts.length, 1);
			assert.equal(await headOf(main, "main"), head + 1);
			assert.equal((await propertiesOf(main, ONE)).theirs, "mine");
		});

		test("under what the plan only relied upon makes it plan again", async () => {
			const { main, dev, arm, attempts } = await raced(openStore);
			await setProperty(dev, TWO, "same", "1");
			const contents = async () =>
				JSON.stringify(await propertiesOf(main, TWO));
			await merged(main, "dev");
			await setProperty(dev, TWO, "k", "dev");
			await setProperty(main, TWO, "k", "main");
			await makeTable(dev, NEW);
			const resolutions = [{ asset: "a.two", strategy: "TakeTarget" as const }];
			arm(() => setProperty(main, TWO, "k", "late"));
			const start = attempts();
			await merged(main, "dev", { resolutions });
			assert.equal(attempts(), start + 2);
			assert.match(await contents(), /late/);
			assert.ok(await tableExists(main.deps, main.scope, NEW));
		});

		test("is not merged into any more by a fast-forward only", async () => {
			const { main, arm } = await raced(openStore);
			const { deps } = main;
			await createBranch(deps, CALLER, "default", { name: "next" });
			await setProperty(await atRef(main, "next"), TWO, "k", "next");
			arm(() => setProperty(main, ONE, "late", "1"));
			await assert.rejects(
				merged(main, "next", { fastForward: "only" }),
				codeIs("commit-conflict"),
			);
			assert.equal((await propertiesOf(main, TWO)).k, undefined);
		});

		test("at every attempt ends with an error, and no file left behind", async () => {
			const { main, arm } = await raced(openStore);
			let n = 0;
			const other = { ...main, deps: main.secondServer() };
			arm(() => setProperty(other, ONE, "late", String(++n)), 99);
			const before = await filesIn(main.storage);
			await assert.rejects(merged(main, "dev"), codeIs("commit-conflict"));
			const added = (await filesIn(main.storage)).length - before.length;
			assert.equal(added, n);
		});

		test("all the time, by this server, is waited for at last", async () => {
			const { main } = await raced(openStore);
			let isDone = false;
			let commits = 0;
			const keepOn = async () => {
				while (!isDone) await setProperty(main, ONE, "n", String(++commits));
			};
			const others = [keepOn(), keepOn()];
			try {
				await merged(main, "dev");
			} finally {
				isDone = true;
				await Promise.all(others);
			}
			const { theirs, n } = await propertiesOf(main, ONE);
			assert.equal(theirs, "1");
			// Of the last two, which were under way together, either may have been the later one.
			assert.ok(Number(n) >= commits - 1, `${n} of ${commits}`);
		});

		test("by a new branch, while the merge frees folders, makes it look again", async () => {
			const { main, dev, arm, attempts } = await raced(openStore);
			await dropTable(dev.deps, dev.scope, TWO, { purge: false });
			const { tenant } = CALLER.principal;
			const { id } = await main.store.entries
				.get(main.scope.at, {
					space: "object",
					parent: "a" as never,
					name: "two",
				})
				.then((row) => ({ id: row?.entry.id as never }));
			arm(() => createTag(main.deps, CALLER, "default", { name: "late" }));
			await merged(main, "dev");
			assert.equal(attempts(), 2);
			const [claim] = await main.store.claims.claimsOf(tenant, id);
			assert.equal(claim?.state, "held", "the tag shows the table");
		});
	});

test("planted: a merge that does not name versions loses a commit, and is caught", async () => {
	const [, openMemory] = STORES[0] ?? [];
	assert(openMemory !== undefined);
	await assert.rejects(
		raced(openMemory, withoutVersions).then(sameKeyMoved),
		assert.AssertionError,
	);
});
