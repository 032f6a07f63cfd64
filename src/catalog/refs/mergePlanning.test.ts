import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	makeTable,
	openTestCatalog,
	setProperty,
} from "../../../test/support/catalog.ts";
import { conflicted, merged } from "../../../test/support/merges.ts";
import { atRef, CALLER, STORES } from "../../../test/support/refs.ts";
import { kOf } from "../../../test/support/undo.ts";
import { dropTable } from "../dropTable.ts";
import { createBranch } from "./branches.ts";
import { listCommits } from "./log.ts";
import { rollBack } from "./rollback.ts";

for (const [name, openStore] of STORES)
	test(`a table that both sides brought back and one side changed after that is no conflict, on ${name}`, async () => {
		const main = await openTestCatalog({ openStore });
		const { deps, scope } = main;
		const table = at("a", "t");
		await makeTable(main, table);
		const log = await listCommits(deps, CALLER.principal, "default");
		const made = log.commits[0]?.id ?? "";
		await dropTable(deps, scope, table, { purge: false });
		await createBranch(deps, CALLER, "default", { name: "dev" });
		const dev = await atRef(main, "dev");
		for (const side of [main, dev])
			await rollBack(deps, side.scope, { to: made });
		await setProperty(main, table, "k", "1");
		await merged(main, "main", { target: "dev" });
		assert.equal(await kOf(dev, table), "1");
	});

for (const [name, openStore] of STORES)
	test(`a table that both sides brought back and both changed after that is a conflict, on ${name}`, async () => {
		const main = await openTestCatalog({ openStore });
		const { deps, scope } = main;
		const table = at("a", "t");
		await makeTable(main, table);
		const log = await listCommits(deps, CALLER.principal, "default");
		const made = log.commits[0]?.id ?? "";
		await dropTable(deps, scope, table, { purge: false });
		await createBranch(deps, CALLER, "default", { name: "dev" });
		const dev = await atRef(main, "dev");
		for (const [side, value] of [
			[main, "1"],
			[dev, "2"],
		] as const) {
			await rollBack(deps, side.scope, { to: made });
			await setProperty(side, table, "k", value);
		}
		const { conflicts } = await conflicted(main, "dev");
		assert.equal(conflicts.length, 1);
		assert.equal(conflicts[0]?.conflict_type, "MetadataConflict");
	});
