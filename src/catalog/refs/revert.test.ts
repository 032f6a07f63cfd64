import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	metadataOf,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import { shownBy } from "../../../test/support/operations.ts";
import {
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import {
	drop,
	dropped,
	kOf,
	runJobs,
	TABLE,
	WEEK,
	withTable,
} from "../../../test/support/undo.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import { commitTable } from "../commitTable.ts";
import { tableExists } from "../loadTable.ts";
import { renameTable } from "../renames.ts";
import { createBranch, updateBranch } from "./branches.ts";
import { getCommit, listCommits } from "./log.ts";
import { mergeBranches } from "./merge.ts";
import { revertCommit } from "./revert.ts";
import type { RevertRequest } from "./undoRequests.ts";
import type { UndoResult } from "./undoResults.ts";

async function headOf({ deps }: TestCatalog, ref = "main"): Promise<string> {
	const log = await listCommits(deps, NO_AUTH_PRINCIPAL, "default", ref, {});
	return log.commits[0]?.id ?? "";
}

async function undone(
	{ deps, scope }: TestCatalog,
	commit: string,
	request: Partial<RevertRequest> = {},
): Promise<UndoResult> {
	const outcome = await revertCommit(deps, scope, { commit, ...request });
	assert(outcome.outcome === "undone", JSON.stringify(outcome));
	return outcome.result;
}

/** Snapshot ids, the current one first. */
async function snapshotsOf(catalog: TestCatalog): Promise<unknown[]> {
	const loaded = await loadAt(catalog, TABLE);
	const { metadata } = JSON.parse(loaded.body.toString());
	const ids = metadata.snapshots.map(
		(each: { "snapshot-id": number }) => each["snapshot-id"],
	);
	const current = metadata["current-snapshot-id"];
	return [current, ...ids.filter((id: number) => id !== current)];
}

async function append(
	{ deps, scope }: TestCatalog,
	id: number,
	parent?: number,
): Promise<void> {
	const { location } = metadataOf(await loadAt({ deps, scope }, TABLE));
	await commitTable(deps, scope, TABLE, {
		requirements: [],
		updates: [
			{
				action: "add-snapshot",
				snapshot: {
					"snapshot-id": BigInt(id),
					...(parent === undefined
						? {}
						: { "parent-snapshot-id": BigInt(parent) }),
					"sequence-number": BigInt(id),
					"timestamp-ms": deps.clock(),
					summary: { operation: "append" },
					"manifest-list": `${location}/metadata/snap-${id}.avro`,
					"schema-id": 0,
				},
			},
			{
				action: "set-snapshot-ref",
				"ref-name": "main",
				type: "branch",
				"snapshot-id": BigInt(id),
			},
		],
	});
}

for (const [name, openStore] of STORES)
	describe(`revert on ${name}`, () => {
		test("what a commit changed is undone, what came later stays", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await setProperty(catalog, TABLE, "k", "wrong");
			const wrong = await headOf(catalog);
			await setProperty(catalog, TABLE, "other", "later");
			await makeTable(catalog, at("a", "u"));
			const planned = await undone(catalog, wrong, { dryRun: true });
			assert.equal(await kOf(catalog), "wrong");
			const result = await undone(catalog, wrong);
			const { id: asset } = (
				await deps.store.entries.get(scope.at, {
					space: "object",
					parent: "a" as never,
					name: "t",
				})
			)?.entry ?? { id: "" };
			assert.deepEqual(result, {
				status: "completed",
				branch: "main",
				commit_id: await headOf(catalog),
				changes: [
					{
						op: "replace",
						asset_id: asset,
						kind: "table",
						path: ["a", "t"],
						combined: true,
					},
				],
			});
			assert.deepEqual(planned, {
				...result,
				status: "planned",
				commit_id: null,
			});
			const { properties } = metadataOf(await loadAt(catalog, TABLE));
			assert.deepEqual([properties.k, properties.other], ["v", "later"]);
			assert.equal(await tableExists(deps, scope, at("a", "u")), true);
			const commit = await getCommit(
				deps,
				NO_AUTH_PRINCIPAL,
				"default",
				result.commit_id ?? "",
			);
			assert.equal(commit.message, `revert ${wrong}: commit to table a.t`);
			const again = await undone(catalog, wrong);
			assert.deepEqual([again.commit_id, again.changes], [null, []]);
		});

		test("creates, drops and renames are undone, and reverting the revert restores", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			const changes = [
				() => makeTable(catalog, at("a", "made")),
				() => drop(catalog),
				() =>
					renameTable(deps, scope, {
						source: TABLE,
						destination: at("a", "moved"),
					}),
				() => setProperty(catalog, TABLE, "k", "new"),
			];
			for (const change of changes) {
				const before = await shownBy(catalog);
				await change();
				const after = await shownBy(catalog);
				await undone(catalog, await headOf(catalog));
				assert.deepEqual(await shownBy(catalog), before);
				await undone(catalog, await headOf(catalog));
				assert.deepEqual(await shownBy(catalog), after);
				await undone(catalog, await headOf(catalog));
				assert.deepEqual(await shownBy(catalog), before);
			}
			assert.equal((await dropped(catalog)).length, 1, "a.made");
		});

		test("an append is taken back, and so is a merge", async () => {
			const { catalog, deps } = await withTable(openStore);
			await append(catalog, 1);
			await append(catalog, 2, 1);
			const second = await headOf(catalog);
			await setProperty(catalog, TABLE, "other", "later");
			await undone(catalog, second);
			assert.deepEqual(await snapshotsOf(catalog), [1]);
			await append(catalog, 3, 1);
			assert.deepEqual(await snapshotsOf(catalog), [3, 1]);
			const before = await shownBy(catalog);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await append(dev, 4, 3);
			await makeTable(dev, at("new", "t"));
			const merged = { source: "dev", target: "main" };
			await mergeBranches(deps, CALLER, "default", merged);
			assert.deepEqual(await snapshotsOf(catalog), [4, 1, 3]);
			await undone(catalog, await headOf(catalog));
			assert.deepEqual(await shownBy(catalog), before);
			await undone(catalog, await headOf(catalog));
			assert.deepEqual(await shownBy(catalog), await shownBy(dev));
		});

		test("of a merge one commit of the source can be undone in the target", async () => {
			const { catalog, deps } = await withTable(openStore);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await setProperty(dev, TABLE, "k", "wrong");
			const wrong = await headOf(catalog, "dev");
			await makeTable(dev, at("a", "u"));
			const merged = { source: "dev", target: "main" };
			await mergeBranches(deps, CALLER, "default", merged);
			await undone(catalog, wrong);
			assert.equal(await kOf(catalog), "v");
			assert.equal(await kOf(dev), "wrong");
			assert.equal(await tableExists(deps, catalog.scope, at("a", "u")), true);
		});

		test("what came later to the same thing is a conflict, until a strategy decides", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await setProperty(catalog, TABLE, "k", "wrong");
			const commit = await headOf(catalog);
			await setProperty(catalog, TABLE, "k", "later");
			const head = await headOf(catalog);
			for (const dryRun of [true, false]) {
				const outcome = await revertCommit(deps, scope, { commit, dryRun });
				assert(outcome.outcome === "conflicted");
				const { conflicted } = outcome;
				assert.deepEqual(
					[conflicted.status, conflicted.operation_id, conflicted.conflicts],
					["conflicted", null, 1],
				);
				assert.match(conflicted.message, /TakeSource/);
				const [detail] = conflicted.details;
				assert.equal(detail?.conflict_type, "MetadataConflict");
				assert.equal(detail?.asset_name, "a.t");
				assert.equal(await headOf(catalog), head);
			}
			const kept = await undone(catalog, commit, { strategy: "TakeTarget" });
			assert.equal(kept.commit_id, null);
			assert.equal(await kOf(catalog), "later");
			await undone(catalog, commit, { strategy: "TakeSource" });
			assert.equal(await kOf(catalog), "v");
		});

		test("an append on top of what is to be undone, and a drop, are conflicts", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await append(catalog, 1);
			await append(catalog, 2, 1);
			const commit = await headOf(catalog);
			await append(catalog, 3, 2);
			const later = await revertCommit(deps, scope, { commit });
			assert(later.outcome === "conflicted");
			await drop(catalog);
			const gone = await revertCommit(deps, scope, { commit });
			assert(gone.outcome === "conflicted");
			const types = [later, gone].map(
				({ conflicted }) => conflicted.details[0]?.conflict_type,
			);
			assert.deepEqual(types, ["DataOverlap", "DeletionConflict"]);
		});

		test("not what has expired, was purged or is unknown, and not on a protected branch", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await makeTable(catalog, at("a", "u"));
			await drop(catalog, at("a", "u"), true);
			const commit = await headOf(catalog);
			for (const _ of ["before the job", "after it"]) {
				await assert.rejects(revertCommit(deps, scope, { commit }), {
					code: "file-not-found",
					message: /a\.u was purged/,
				});
				await runJobs(catalog);
			}
			await assert.rejects(
				revertCommit(deps, scope, { commit: "none" }),
				codeIs("ref-not-found"),
			);
			await setProperty(catalog, TABLE, "k", "later");
			const last = await headOf(catalog);
			await updateBranch(deps, CALLER, "default", "main", { protected: true });
			const locked = await atRef(catalog, "main");
			await assert.rejects(
				revertCommit(deps, locked.scope, { commit: last }),
				codeIs("forbidden"),
			);
			catalog.moveClock(WEEK);
			await assert.rejects(revertCommit(deps, scope, { commit: last }), {
				code: "ref-not-found",
				message: /history expired/,
			});
		});
	});
