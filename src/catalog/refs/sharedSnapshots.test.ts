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
import { append } from "../../../test/support/iceberg.ts";
import {
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import type { TableUpdate } from "../../iceberg/types.ts";
import type { Store } from "../../store/contract.ts";
import { commitTable } from "../commitTable.ts";
import { commitTransaction } from "../transactions.ts";
import { createBranch, deleteBranch } from "./branches.ts";

const TABLE = at("a", "t");
const OLD = 1n;

type Opened = Pick<TestCatalog, "deps" | "scope">;

function commit({ deps, scope }: Opened, updates: readonly TableUpdate[]) {
	return commitTable(deps, scope, TABLE, { requirements: [], updates });
}

function expire(catalog: Opened) {
	return commit(catalog, [
		{ action: "remove-snapshots", "snapshot-ids": [OLD] },
	]);
}

async function snapshotsAt(catalog: Opened): Promise<number> {
	const { body } = await loadAt(catalog, TABLE);
	const { metadata } = JSON.parse(body.toString());
	return metadata.snapshots.length;
}

/** A table of two snapshots on `main`. */
async function withSnapshots(
	options: Parameters<typeof openTestCatalog>[0],
): Promise<TestCatalog> {
	const main = await openTestCatalog(options);
	const { location } = metadataOf(await makeTable(main, TABLE));
	for (const id of [OLD, OLD + 1n]) {
		const snapshot = {
			"sequence-number": id,
			"manifest-list": `${location}/metadata/snap-${id}.avro`,
		};
		await commit(main, append(id, snapshot));
	}
	return main;
}

for (const [name, openStore] of STORES)
	describe(`snapshots of shared tables on ${name}`, () => {
		test("go where one ref shows the table", async () => {
			const main = await withSnapshots({ openStore });
			await expire(main);
			assert.equal(await snapshotsAt(main), 1);
		});

		test("stay where two do: an engine that removes them has not heard of it", async () => {
			const main = await withSnapshots({ openStore });
			await createBranch(main.deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(main, "dev");
			// Opened before the branch was made, as a client's catalog is.
			for (const side of [main, dev]) {
				await assert.rejects(expire(side), codeIs("validation-failed"));
				await assert.rejects(
					commitTransaction(side.deps, side.scope, [
						{
							identifier: TABLE,
							requirements: [],
							updates: [{ action: "remove-snapshots", "snapshot-ids": [OLD] }],
						},
					]),
					codeIs("validation-failed"),
				);
				assert.equal(await snapshotsAt(side), 2);
			}
			await deleteBranch(main.deps, CALLER, "default", "dev");
			await expire(main);
			assert.equal(await snapshotsAt(main), 1);
		});

		test("go where the client leaves all files alone", async () => {
			const main = await withSnapshots({ openStore });
			await createBranch(main.deps, CALLER, "default", { name: "dev" });
			const { deps, scope } = main;
			await expire({ deps, scope: { ...scope, keepsFiles: true } });
			assert.equal(await snapshotsAt(main), 1);
			assert.equal(await snapshotsAt(await atRef(main, "dev")), 2);
		});

		test("go where the table itself forbids engines to delete files", async () => {
			const main = await withSnapshots({ openStore });
			await createBranch(main.deps, CALLER, "default", { name: "dev" });
			const changed = await setProperty(main, TABLE, "gc.enabled", "False");
			assert.equal(metadataOf(changed).properties["gc.enabled"], "False");
			await expire(main);
			assert.equal(await snapshotsAt(main), 1);
			assert.equal(await snapshotsAt(await atRef(main, "dev")), 2);
		});
	});

/** Removes snapshots while a branch is made that shows them. */
async function race(bug: (store: Store) => Store): Promise<void> {
	let isArmed = false;
	const main = await withSnapshots({
		store: (store) => {
			const apply: Store["apply"] = async (changes) => {
				if (isArmed && changes.some(({ op }) => op === "advance")) {
					isArmed = false;
					await createBranch(main.deps, CALLER, "default", { name: "late" });
				}
				return store.apply(changes);
			};
			return bug({ ...store, apply });
		},
	});
	isArmed = true;
	await expire(main);
}

test("a branch that is made during the commit is noticed", async () => {
	await assert.rejects(
		race((store) => store),
		codeIs("validation-failed"),
	);
});

test("control: without the check of main's version the branch is overlooked", async () => {
	await race((store) => ({
		...store,
		apply: (changes) => store.apply(changes.filter(({ op }) => op !== "check")),
	}));
});
