import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	makeTable,
	openTestCatalog,
	runJobs,
	setProperty,
} from "../../../test/support/catalog.ts";
import { atRef, CALLER, STORES } from "../../../test/support/refs.ts";
import { dropTable } from "../dropTable.ts";
import { tableExists } from "../loadTable.ts";
import { createBranch, deleteBranch } from "./branches.ts";
import { listCommits } from "./log.ts";
import { mergeBranches } from "./merge.ts";

for (const [name, openStore] of STORES)
	test(`what two branches merged of a third that is deleted is no base any more, on ${name}`, async () => {
		const catalog = await openTestCatalog({ openStore });
		const { deps, scope } = catalog;
		const merge = (source: string, target: string) =>
			mergeBranches(deps, CALLER, "default", { source, target });
		for (const table of ["changed", "dropped"])
			await makeTable(catalog, at("a", table));
		const log = await listCommits(deps, CALLER.principal, "default");
		for (const branch of ["dev", "fix"])
			await createBranch(deps, CALLER, "default", { name: branch });
		const dev = await atRef(catalog, "dev");
		await setProperty(dev, at("a", "changed"), "k", "v");
		for (const target of ["main", "fix"]) await merge("dev", target);
		await deleteBranch(deps, CALLER, "default", "dev");
		await runJobs(catalog);
		const fix = await atRef(catalog, "fix");
		await dropTable(deps, fix.scope, at("a", "dropped"), { purge: false });
		const merged = await merge("fix", "main");
		assert.ok(merged.outcome === "completed");
		assert.equal(merged.operation.base_commit_id, log.commits[0]?.id);
		assert.equal(await tableExists(deps, scope, at("a", "dropped")), false);
	});
