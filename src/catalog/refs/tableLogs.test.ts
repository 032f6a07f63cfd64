import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import { atRef, CALLER, codeIs, STORES } from "../../../test/support/refs.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import { dropTable } from "../dropTable.ts";
import { createBranch, deleteBranch } from "./branches.ts";
import type { TableCommitResult } from "./results.ts";
import { logOfTable, logOfTableEverywhere } from "./tableLogs.ts";
import { createTag } from "./tags.ts";

const TABLE = at("a", "t");

/** As `branch: message`, read in pages of a size. */
async function logged(
	{ deps }: TestCatalog,
	pageSize: number,
): Promise<TableCommitResult[]> {
	const found: TableCommitResult[] = [];
	let pageToken: string | null = "";
	while (pageToken !== null) {
		const page = { pageToken, pageSize };
		const of = [NO_AUTH_PRINCIPAL, "default", TABLE] as const;
		const list = await logOfTableEverywhere(deps, ...of, page);
		found.push(...list.commits);
		pageToken = list.nextPageToken;
	}
	return found;
}

for (const [name, openStore] of STORES)
	describe(`the log of a table over all refs on ${name}`, () => {
		test("has the commits of all branches and tags once, newest first, whatever the page", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			await makeTable(catalog, at("a", "other"));
			await createBranch(deps, CALLER, "default", { name: "b1" });
			await createBranch(deps, CALLER, "default", { name: "b2", from: "b1" });
			const b1 = await atRef(catalog, "b1");
			const b2 = await atRef(catalog, "b2");
			await setProperty(b1, TABLE, "k", "1");
			await setProperty(catalog, TABLE, "k", "2");
			await setProperty(catalog, at("a", "other"), "k", "x");
			await createBranch(deps, CALLER, "default", { name: "b3", from: "b1" });
			await setProperty(await atRef(catalog, "b3"), TABLE, "k", "3");
			await createTag(deps, CALLER, "default", { name: "v1", at: "b3" });
			await setProperty(await atRef(catalog, "b3"), TABLE, "k", "lost");
			await deleteBranch(deps, CALLER, "default", "b3");
			await setProperty(b2, TABLE, "k", "4");
			await dropTable(deps, b1.scope, TABLE, { purge: false });
			const whole = await logged(catalog, 1000);
			assert.deepEqual(
				whole.map(({ branch, message }) => [branch, message.split(" ")[0]]),
				[
					["b1", "drop"],
					["b2", "commit"],
					[null, "commit"],
					["main", "commit"],
					["b1", "commit"],
					["main", "create"],
				],
			);
			const times = whole.map(({ committed_at }) => committed_at);
			assert.deepEqual(times, times.toSorted().reverse());
			for (const pageSize of [1, 2, 3, 5])
				assert.deepEqual(await logged(catalog, pageSize), whole);
		});

		test("keeps commits of the same time apart", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			const branches = ["b1", "b2", "b3", "b4"];
			for (const branch of branches)
				await createBranch(deps, CALLER, "default", { name: branch });
			const still = { ...deps, clock: () => 1_800_000_000_000 };
			for (const branch of branches)
				await setProperty(
					{ ...(await atRef(catalog, branch)), deps: still },
					TABLE,
					"k",
					branch,
				);
			const whole = await logged(catalog, 1000);
			assert.equal(new Set(whole.map(({ id }) => id)).size, 5);
			assert.equal(new Set(whole.map((each) => each.committed_at)).size, 2);
			for (const pageSize of [1, 2, 3])
				assert.deepEqual(await logged(catalog, pageSize), whole);
		});

		test("reads on where a line has more commits than are read at once", async () => {
			const catalog = await openTestCatalog({ openStore });
			await makeTable(catalog, TABLE);
			for (let i = 0; i < 205; i++)
				await setProperty(catalog, TABLE, "k", String(i));
			const whole = await logged(catalog, 1000);
			assert.equal(whole.length, 206);
			assert.deepEqual(await logged(catalog, 150), whole);
		});

		test("of what no ref has and none had is refused", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			const nothing = at("a", "nothing");
			const of = [NO_AUTH_PRINCIPAL, "default"] as const;
			await assert.rejects(
				logOfTableEverywhere(deps, ...of, nothing, {}),
				codeIs("table-not-found"),
			);
			await assert.rejects(
				logOfTable(deps, ...of, "main", nothing, {}),
				codeIs("table-not-found"),
			);
			await makeTable(catalog, TABLE);
			const bad = Buffer.from('["x","y"]').toString("base64url");
			await assert.rejects(
				logOfTableEverywhere(deps, ...of, TABLE, { pageToken: bad }),
				codeIs("bad-request"),
			);
		});
	});
