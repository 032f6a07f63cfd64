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
import { shownBy } from "../../../test/support/operations.ts";
import {
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import {
	claimStates,
	drop,
	dropped,
	kOf,
	names,
	runJobs,
	TABLE,
	WEEK,
	withTable,
} from "../../../test/support/undo.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import type { Change } from "../../store/changes.ts";
import type { Store } from "../../store/contract.ts";
import { tableExists } from "../loadTable.ts";
import { updateNamespaceProperties } from "../namespaceProperties.ts";
import { loadNamespace, namespaceExists } from "../namespaces.ts";
import { renameTable } from "../renames.ts";
import { createBranch, updateBranch } from "./branches.ts";
import { listCommits } from "./log.ts";
import type { CommitResult } from "./results.ts";
import { rollBack } from "./rollback.ts";
import { createTag } from "./tags.ts";
import { undrop } from "./undrop.ts";

async function log(
	{ deps }: TestCatalog,
	ref = "main",
): Promise<readonly CommitResult[]> {
	return (await listCommits(deps, NO_AUTH_PRINCIPAL, "default", ref, {}))
		.commits;
}

async function headOf(catalog: TestCatalog, ref = "main"): Promise<string> {
	return (await log(catalog, ref))[0]?.id ?? "";
}

for (const [name, openStore] of STORES)
	describe(`roll-back on ${name}`, () => {
		test("everything is as it was, by one commit on top of a log that stays", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await updateNamespaceProperties(deps, scope, ["a"], {
				updates: { p: "1" },
			});
			await makeTable(catalog, at("a", "dropped"));
			await makeTable(catalog, at("a", "renamed"));
			const old = await loadAt(catalog, TABLE);
			const to = await headOf(catalog);
			await setProperty(catalog, TABLE, "k", "later");
			await updateNamespaceProperties(deps, scope, ["a"], {
				updates: { p: "2" },
			});
			await drop(catalog, at("a", "dropped"));
			await renameTable(deps, scope, {
				source: at("a", "renamed"),
				destination: at("a", "moved"),
			});
			await makeTable(catalog, at("new", "made"));
			const before = await log(catalog);
			const planned = await rollBack(deps, scope, { to, dryRun: true });
			assert.deepEqual(await log(catalog), before);
			const result = await rollBack(deps, scope, { to });
			assert.deepEqual(planned, {
				...result,
				status: "planned",
				commit_id: null,
			});
			assert.deepEqual(
				result.changes.map(({ op, path }) => `${op} ${path.join(".")}`).sort(),
				[
					"create a.dropped",
					"create a.renamed",
					"drop a.moved",
					"drop new",
					"drop new.made",
					"replace a",
					"replace a.t",
				],
			);
			const [head, ...earlier] = await log(catalog);
			assert.equal(head?.id, result.commit_id);
			assert.equal(head?.message, `roll main back to ${to}`);
			assert.deepEqual(earlier, before);
			const now = await loadAt(catalog, TABLE);
			assert.equal(now.metadataLocation, old.metadataLocation);
			assert.equal(await tableExists(deps, scope, at("a", "dropped")), true);
			assert.equal(await tableExists(deps, scope, at("a", "moved")), false);
			assert.equal(await namespaceExists(deps, scope, ["new"]), false);
			const { properties } = await loadNamespace(deps, scope, ["a"]);
			assert.deepEqual(properties, { p: "1" });
			assert.deepEqual(
				await names(catalog),
				["table new.made", "namespace new"].toSorted((a, b) =>
					a < b ? 1 : -1,
				),
			);
			const [first] = before;
			await rollBack(deps, scope, { to: first?.id ?? "" });
			assert.equal(await kOf(catalog), "later");
			assert.equal(await tableExists(deps, scope, at("new", "made")), true);
			const again = await rollBack(deps, scope, { to: first?.id ?? "" });
			assert.deepEqual([again.commit_id, again.changes], [null, []]);
		});

		test("to a tag, to a time of the branch, to what it came from; claims follow", async () => {
			const { catalog, deps } = await withTable(openStore);
			const forked = await headOf(catalog);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await setProperty(dev, TABLE, "k", "dev");
			await createTag(deps, CALLER, "default", { name: "v1", at: "dev" });
			catalog.moveClock(1000);
			const time = new Date(deps.clock()).toISOString();
			catalog.moveClock(1000);
			await makeTable(dev, at("a", "u"));
			await drop(dev);
			await setProperty(catalog, TABLE, "k", "main");
			await rollBack(deps, dev.scope, { to: time });
			assert.equal(await kOf(dev), "dev");
			const [gone] = await dropped(dev);
			assert.deepEqual(await claimStates(catalog, gone?.id ?? ""), ["dropped"]);
			await setProperty(dev, TABLE, "k", "more");
			await rollBack(deps, dev.scope, { to: "v1" });
			assert.equal(await kOf(dev), "dev");
			await undrop(deps, dev.scope, { id: gone?.id });
			assert.deepEqual(await claimStates(catalog, gone?.id ?? ""), ["held"]);
			await rollBack(deps, dev.scope, { to: forked });
			assert.equal(await kOf(dev), "v");
			assert.equal(await kOf(catalog), "main");
			assert.equal(await tableExists(deps, dev.scope, at("a", "u")), false);
		});

		test("only to the branch's own history, within the retention, and not on a protected branch", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			const old = await headOf(catalog);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await setProperty(dev, TABLE, "k", "dev");
			await setProperty(catalog, TABLE, "k", "main");
			const foreign = await headOf(catalog, "dev");
			const [, , made] = await log(catalog);
			for (const to of [foreign, "dev"])
				await assert.rejects(
					rollBack(deps, scope, { to }),
					codeIs("bad-request"),
				);
			for (const to of ["none", "01900000-0000-7000-8000-00000000ffff"])
				await assert.rejects(
					rollBack(deps, scope, { to }),
					codeIs("ref-not-found"),
				);
			await assert.rejects(rollBack(deps, scope, { to: "1999-01-01" }), {
				code: "ref-not-found",
				message: /before the first commit/,
			});
			await assert.rejects(
				rollBack(deps, dev.scope, { to: made?.committed_at ?? "" }),
				{
					code: "bad-request",
					message: /before the first commit of branch dev/,
				},
			);
			catalog.moveClock(WEEK);
			await assert.rejects(rollBack(deps, scope, { to: made?.id ?? "" }), {
				code: "ref-not-found",
				message: /history expired/,
			});
			await rollBack(deps, scope, { to: old });
			assert.equal(await kOf(catalog), "v", "dev forked there");
			await updateBranch(deps, CALLER, "default", "dev", { protected: true });
			const locked = await atRef(catalog, "dev");
			await assert.rejects(
				rollBack(deps, locked.scope, { to: old }),
				codeIs("forbidden"),
			);
		});

		test("a partial branch goes back to what it began with, and hides what it hid", async () => {
			const { catalog, deps } = await withTable(openStore);
			await makeTable(catalog, at("a", "hidden"));
			const to = await headOf(catalog);
			const assets = ["a.t"];
			await createBranch(deps, CALLER, "default", { name: "part", assets });
			const part = await atRef(catalog, "part");
			const began = await shownBy(part);
			await setProperty(part, TABLE, "k", "part");
			await makeTable(part, at("a", "own"));
			await drop(part);
			await rollBack(deps, part.scope, { to });
			assert.deepEqual(await shownBy(part), began);
			assert.equal(
				await tableExists(deps, part.scope, at("a", "hidden")),
				false,
			);
		});

		test("what was purged since does not come back, and nothing else then", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await makeTable(catalog, at("a", "u"));
			const to = await headOf(catalog);
			await setProperty(catalog, TABLE, "k", "later");
			await drop(catalog, at("a", "u"), true);
			for (const _ of ["before the job", "after it"]) {
				await assert.rejects(rollBack(deps, scope, { to }), {
					code: "file-not-found",
					message: /a\.u was purged/,
				});
				assert.equal(await kOf(catalog), "later");
				await runJobs(catalog);
			}
		});

		test("commits on top of an older metadata file keep Iceberg's rules", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			const to = await headOf(catalog);
			const old = await loadAt(catalog, TABLE);
			for (const k of ["1", "2", "3"])
				await setProperty(catalog, TABLE, "k", k);
			const abandoned = metadataOf(await loadAt(catalog, TABLE));
			await rollBack(deps, scope, { to });
			const seen = new Set<string>();
			let previous = old;
			for (const k of ["4", "5", "6"]) {
				const next = await setProperty(catalog, TABLE, "k", k);
				const metadata = JSON.parse(next.body.toString()).metadata;
				const log: { "metadata-file": string; "timestamp-ms": number }[] =
					metadata["metadata-log"];
				assert.equal(log.at(-1)?.["metadata-file"], previous.metadataLocation);
				const times = log.map((entry) => entry["timestamp-ms"]);
				assert.deepEqual(
					times,
					times.toSorted((a, b) => a - b),
				);
				assert(metadata["last-updated-ms"] >= (times.at(-1) ?? 0));
				assert(
					metadata["last-updated-ms"] >=
						JSON.parse(JSON.stringify(abandoned))["last-updated-ms"],
				);
				assert.equal(versionOf(next), versionOf(previous) + 1);
				seen.add(next.metadataLocation ?? "");
				previous = next;
			}
			for (const entry of abandoned["metadata-log"])
				assert(!seen.has(entry["metadata-file"]));
			assert.equal(await kOf(catalog), "6");
			const [, , , rolledBack, last] = await log(catalog);
			assert.equal(rolledBack?.message, `roll main back to ${to}`);
			const then = await atRef(catalog, last?.id ?? "");
			assert.equal(await kOf(then), "3");
		});

		test("a commit that comes between plan and commit stays, unless it is to what the roll-back writes", async () => {
			for (const [changed, remains] of [
				["u", "between"],
				["t", undefined],
			] as const) {
				const between = { run: async () => {} };
				let isFirst = true;
				const store = (inner: Store): Store => ({
					...inner,
					apply: async (changes) => {
						if (isFirst && changes.some(isRollback)) {
							isFirst = false;
							await between.run();
						}
						return inner.apply(changes);
					},
				});
				const catalog = await openTestCatalog({ openStore, store });
				const { deps, scope } = catalog;
				await makeTable(catalog, TABLE);
				await makeTable(catalog, at("a", "u"));
				const to = await headOf(catalog);
				await setProperty(catalog, TABLE, "k", "later");
				between.run = async () => {
					await setProperty(catalog, at("a", changed), "k", "between");
				};
				await rollBack(deps, scope, { to });
				assert.equal(await kOf(catalog), undefined);
				assert.equal(await kOf(catalog, at("a", changed)), remains);
				assert.equal((await log(catalog)).length, 7);
			}
		});
	});

function isRollback(change: Change): boolean {
	return change.op === "advance" && change.commit.message.startsWith("roll");
}

function versionOf({
	metadataLocation,
}: {
	readonly metadataLocation: string | null;
}): number {
	return Number(/\/(\d+)-[^/]+$/.exec(metadataLocation ?? "")?.[1]);
}
