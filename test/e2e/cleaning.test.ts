import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type App, createApp } from "../../src/app.ts";
import { startJobs } from "../../src/jobs/runner.ts";
import type { Observation } from "../../src/observe/observation.ts";
import type { Store } from "../../src/store/contract.ts";
import { runPytest } from "./pytest.ts";

const DAY = 24 * 60 * 60 * 1000;
const HOUR = DAY / 24;

/** A catalog with tables written by PyIceberg, cleaned as of any time. */
interface Cleaned {
	readonly observed: Observation[];
	/** Does what is due some days from now, cleaning included. */
	clean(days: number, bug?: (store: Store) => Store): Promise<void>;
	/** Reads all refs and compares files. @returns what failed, empty when nothing did */
	check(refs: string, extra?: "none" | "may be"): Promise<string>;
	delete(path: string): Promise<void>;
}

async function withTables(run: (cleaned: Cleaned) => Promise<void>) {
	const folder = await mkdtemp(join(tmpdir(), "pangolin-clean-"));
	const options = { noAuth: true, port: 0, cleanIntervalSecs: 0 };
	const app = await createApp({ ...options, dataDir: folder });
	try {
		const { url } = await app.listen();
		const memory = { PANGOLIN_E2E_MEMORY: join(folder, "rows.json") };
		const env = { ...memory, PANGOLIN_E2E_REFS: "", PANGOLIN_E2E_EXTRA: "" };
		const written = await runPytest(url, ["cleaning_before.py"], env);
		assert.equal(written.exitCode, 0, written.output);
		const observed: Observation[] = [];
		await run({
			observed,
			clean: (days, bug) => clean(app, days, observed, bug),
			async check(PANGOLIN_E2E_REFS, PANGOLIN_E2E_EXTRA = "none") {
				const { exitCode, output, skipped, tests } = await runPytest(
					url,
					["cleaning_check.py"],
					{ ...env, PANGOLIN_E2E_REFS, PANGOLIN_E2E_EXTRA },
				);
				assert.equal(skipped, 0, output);
				assert.ok(tests >= 3, output);
				return exitCode === 0 ? "" : output;
			},
			async delete(path) {
				const answer = await fetch(`${url}/api/v1/${path}`, {
					method: "DELETE",
				});
				assert.ok(answer.ok, await answer.text());
			},
		});
	} finally {
		await app.close();
		await rm(folder, { recursive: true, force: true });
	}
}

async function clean(
	{ deps }: App,
	days: number,
	observed: Observation[],
	bug: (store: Store) => Store = (store) => store,
): Promise<void> {
	const runner = startJobs({
		...deps,
		store: bug(deps.store),
		clock: () => Date.now() + days * DAY,
		observe: (observation) => observed.push(observation),
		settings: { cleanMillis: HOUR },
	});
	await runner.idle();
	await runner.stop();
	const failures = observed.filter(
		(each) => each.kind === "job-failed" || each.kind === "background-error",
	);
	assert.deepEqual(failures, []);
}

describe("cleaning a catalog that PyIceberg wrote", () => {
	it("deletes exactly what no ref and no history reaches", () =>
		withTables(async ({ clean, check, delete: remove, observed }) => {
			await clean(0);
			await clean(1);
			assert.equal(await check("main,v1,dev", "may be"), "");
			assert.notEqual(await check("main,v1,dev"), "", "history keeps more");
			await clean(8);
			assert.equal(await check("main,v1,dev"), "");
			await remove("tags/v1?catalog=cleaned");
			await clean(9);
			// The branch began where the tag was: a merge will need that state.
			assert.equal(await check("main,dev", "may be"), "");
			await remove("branches/dev?catalog=cleaned");
			await clean(10);
			assert.equal(await check("main"), "");
			const notices = observed.filter(({ kind }) => kind === "notice");
			assert.deepEqual(notices, []);
		}));

	for (const [what, isForgotten] of [
		["a tag and a branch", (_: string, newest: string) => newest],
		["all but the oldest", (oldest: string) => oldest],
	] as const)
		it(`control: what forgets ${what} is caught`, () =>
			withTables(async ({ clean, check }) => {
				const bug = (store: Store): Store => ({
					...store,
					history: {
						...store.history,
						async metadataOf(tenant, asset, page) {
							const files = await store.history.metadataOf(tenant, asset, page);
							const kept = isForgotten(files[0] ?? "", files.at(-1) ?? "");
							return files.filter((file) => file === kept);
						},
					},
				});
				await clean(0);
				await clean(8, bug);
				assert.notEqual(await check("main,v1,dev", "may be"), "");
			}));
});
