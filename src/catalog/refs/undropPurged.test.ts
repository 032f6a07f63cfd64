import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeTable, openTestCatalog } from "../../../test/support/catalog.ts";
import { atRef, CALLER, codeIs, STORES } from "../../../test/support/refs.ts";
import {
	drop,
	dropped,
	kOf,
	names,
	runJobs,
	TABLE,
	withTable,
} from "../../../test/support/undo.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import type { Change } from "../../store/changes.ts";
import type { Store } from "../../store/contract.ts";
import { getAsset } from "../assets.ts";
import { loadTable, tableExists } from "../loadTable.ts";
import { createBranch } from "./branches.ts";
import { listCommits } from "./log.ts";
import { createTag, deleteTag } from "./tags.ts";
import { undrop } from "./undrop.ts";

for (const [name, openStore] of STORES)
	describe(`undrop and purge on ${name}`, () => {
		test("a purge gives up the drop and the history at once, and says so", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			const [old] = (
				await listCommits(deps, NO_AUTH_PRINCIPAL, "default", "main", {})
			).commits;
			const commit = await atRef(catalog, old?.id ?? "");
			assert.equal(await tableExists(deps, commit.scope, TABLE), true);
			await drop(catalog, TABLE, true);
			for (const when of ["before", "after"]) {
				assert.deepEqual(await dropped(catalog), []);
				await assert.rejects(
					undrop(deps, scope, { namespace: ["a"], name: "t" }),
					codeIs("asset-not-found"),
				);
				await assert.rejects(
					loadTable(deps, commit.scope, TABLE, {}),
					{ code: "table-not-found", message: /a\.t.*purged/ },
					`${when} the files are gone`,
				);
				assert.equal(await tableExists(deps, commit.scope, TABLE), false);
				await assert.rejects(
					getAsset(deps, commit.scope, TABLE),
					codeIs("asset-not-found"),
				);
				await runJobs(catalog);
			}
		});

		test("a purge waits for a tag, which reads on; then what other branches dropped is gone too", async () => {
			const { catalog, deps } = await withTable(openStore);
			await createTag(deps, CALLER, "default", { name: "v1" });
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await drop(dev);
			await drop(catalog, TABLE, true);
			await runJobs(catalog);
			const tag = await atRef(catalog, "v1");
			assert.equal(await kOf(tag), "v");
			assert.deepEqual(await dropped(catalog), []);
			assert.deepEqual(await names(dev), ["table a.t"]);
			await deleteTag(deps, CALLER, "default", "v1");
			catalog.moveClock(60 * 60 * 1000);
			await runJobs(catalog);
			assert.deepEqual(await dropped(dev), []);
		});
	});

/**
 * A purge on main while dev brings the table back: the undrop reads everything
 * before the purge begins and is applied after the purge has looked for the last time.
 * @param isPlanted the undrop does not say by what it was decided
 * @returns whether dev shows the table, and whether its file is there
 */
async function purgeDuringUndrop(isPlanted: boolean) {
	const planned = Promise.withResolvers<void>();
	const looked = Promise.withResolvers<void>();
	const applied = Promise.withResolvers<void>();
	let looks = 0;
	const slow = (store: Store): Store => ({
		...store,
		apply: async (changes) => {
			if (!changes.some(isUndrop)) return store.apply(changes);
			planned.resolve();
			await looked.promise;
			const isGuard = ({ op }: Change) => op === "check";
			const result = await store.apply(
				isPlanted ? changes.filter((each) => !isGuard(each)) : changes,
			);
			applied.resolve();
			return result;
		},
		entries: {
			...store.entries,
			isReachable: async (...args) => {
				const isThere = await store.entries.isReachable(...args);
				if (++looks === 2) {
					looked.resolve();
					await applied.promise;
				}
				return isThere;
			},
		},
	});
	const catalog = await openTestCatalog({ store: slow });
	const { deps } = catalog;
	const { metadataLocation } = await makeTable(catalog, TABLE);
	await createBranch(deps, CALLER, "default", { name: "dev" });
	const dev = await atRef(catalog, "dev");
	await drop(dev);
	const back = undrop(deps, dev.scope, { namespace: ["a"], name: "t" });
	const settled = Promise.allSettled([back]);
	await planned.promise;
	await drop(catalog, TABLE, true);
	await runJobs(catalog);
	await settled;
	const { storage } = catalog;
	return {
		isShown: await tableExists(deps, dev.scope, TABLE),
		isFileThere: await storage.exists(
			storage.canonical(metadataLocation ?? ""),
		),
	};
}

function isUndrop(change: Change): boolean {
	return change.op === "advance" && change.commit.message.startsWith("undrop");
}

test("a table is not brought back while its files are being deleted", async () => {
	const purged = { isShown: false, isFileThere: false };
	assert.deepEqual(await purgeDuringUndrop(false), purged);
	const lost = { isShown: true, isFileThere: false };
	assert.deepEqual(await purgeDuringUndrop(true), lost, "planted");
});
