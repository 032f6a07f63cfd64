import assert from "node:assert/strict";
import { test } from "node:test";
import { runJobs, setProperty } from "../../test/support/catalog.ts";
import { conflicted, forked, merged, ONE } from "../../test/support/merges.ts";
import { CALLER, codeIs, STORES } from "../../test/support/refs.ts";
import { abortMerge, getMerge } from "../catalog/refs/resolveMerge.ts";
import type { ConflictId } from "../model/ids.ts";
import { brandId } from "../model/ids.ts";

const DAY = 24 * 60 * 60 * 1000;
const CLEANING = { cleanMillis: DAY / 24, pageSize: 2 };

for (const [name, openStore] of STORES)
	test(`finished merges go when the retention is over, open ones stay, on ${name}`, async () => {
		const { main, dev } = await forked(openStore);
		const { deps, store } = main;
		const { principal } = CALLER;
		await setProperty(dev, ONE, "by", "dev");
		const first = await merged(main, "dev");
		const finished = [first.id];
		await setProperty(main, ONE, "by", "main");
		await setProperty(dev, ONE, "by", "dev again");
		const open = await conflicted(main, "dev");
		const aborted: (readonly string[])[] = [];
		for (let i = 0; i < 4; i++) {
			const { id, conflicts } = await conflicted(main, "dev");
			await abortMerge(deps, CALLER, id);
			finished.push(id);
			aborted.push(conflicts.map((each) => each.id));
		}
		const late = await conflicted(main, "dev");
		await runJobs(main, CLEANING);
		main.moveClock(6 * DAY);
		await runJobs(main, CLEANING);
		for (const id of finished) await getMerge(deps, principal, id);
		await abortMerge(deps, CALLER, late.id);
		main.moveClock(2 * DAY);
		await runJobs(main, CLEANING);
		for (const id of finished)
			await assert.rejects(
				getMerge(deps, principal, id),
				codeIs("merge-not-found"),
			);
		for (const id of aborted.flat())
			assert.equal(
				await store.merges.conflict(principal.tenant, brandId<ConflictId>(id)),
				undefined,
			);
		const kept = await getMerge(deps, principal, open.id);
		assert.equal(kept.conflicts.length, open.conflicts.length);
		assert.equal((await getMerge(deps, principal, late.id)).status, "Aborted");
		await store.close();
	});
