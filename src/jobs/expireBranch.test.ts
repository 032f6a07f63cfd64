import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	makeTable,
	openTestCatalog,
	runJobs,
	type TestCatalog,
} from "../../test/support/catalog.ts";
import { atRef, CALLER, codeIs } from "../../test/support/refs.ts";
import {
	createBranch,
	getBranch,
	updateBranch,
} from "../catalog/refs/branches.ts";

const HOUR_MILLIS = 3_600_000;

async function withExpiringBranch(): Promise<TestCatalog> {
	const catalog = await openTestCatalog();
	const expiresAtMillis = catalog.deps.clock() + HOUR_MILLIS;
	await createBranch(catalog.deps, CALLER, "default", {
		name: "dev",
		expiresAtMillis,
	});
	await makeTable(await atRef(catalog, "dev"), at("a", "t"));
	return catalog;
}

const isGone = codeIs("ref-not-found");

function find({ deps }: TestCatalog, name: string) {
	return getBranch(deps, CALLER.principal, "default", name);
}

test("a branch is deleted when its time is over, not before", async () => {
	const catalog = await withExpiringBranch();
	const { line } = (await atRef(catalog, "dev")).scope.located.ref;
	await runJobs(catalog);
	await find(catalog, "dev");
	catalog.moveClock(HOUR_MILLIS);
	await runJobs(catalog);
	await assert.rejects(find(catalog, "dev"), isGone);
	const { tenant } = CALLER.principal;
	assert.equal(await catalog.store.refs.line(tenant, line), undefined);
	assert.equal(await catalog.store.work.nextJobAtMillis(), undefined);
});

test("a branch that was prolonged or renamed lives as long as it says then", async () => {
	const catalog = await withExpiringBranch();
	const expiresAtMillis = catalog.deps.clock() + 2 * HOUR_MILLIS;
	await updateBranch(catalog.deps, CALLER, "default", "dev", {
		name: "kept",
		expiresAtMillis,
	});
	catalog.moveClock(HOUR_MILLIS);
	await runJobs(catalog);
	await find(catalog, "kept");
	catalog.moveClock(HOUR_MILLIS);
	await runJobs(catalog);
	await assert.rejects(find(catalog, "kept"), isGone);
});
