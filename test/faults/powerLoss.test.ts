import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { randomFrom } from "./powerLoss/disk.ts";
import { type Findings, judgeCrashes } from "./powerLoss/judge.ts";
import { type Entry, withoutSyncs } from "./powerLoss/recording.ts";
import { type Recorded, recordServer } from "./powerLoss/workload.ts";
import { faultSeed, scaled } from "./support/scale.ts";

/** Enough that the write-ahead log (1,000 pages) is checkpointed more than once. */
const TABLES = 6;
const COMMITS_PER_TABLE = scaled(60);
const IMAGES = scaled(900);
const IMAGES_WITH_BUG = scaled(90);

describe("F2 F3: power loss", () => {
	const seed = faultSeed();
	const folder = mkdtempSync(join(tmpdir(), "pangolin-power-"));
	const images = mkdtempSync(
		join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "pangolin-images-"),
	);
	let recorded: Recorded;
	before(async () => {
		recorded = await recordServer(folder, {
			tables: TABLES,
			commitsPerTable: COMMITS_PER_TABLE,
		});
	});
	after(() => {
		rmSync(folder, { recursive: true });
		rmSync(images, { recursive: true });
	});

	const judge = (entries: readonly Entry[], count: number): Findings =>
		judgeCrashes(recorded, entries, {
			count,
			random: randomFrom(seed),
			folder: join(images, "now"),
		});
	const told = (findings: Findings) =>
		`FAULT_SEED=${seed}: ${JSON.stringify(findings, undefined, 1)}`;

	it("loses nothing that was acknowledged and corrupts nothing", () => {
		const checkpoints = recorded.entries.filter(
			({ kind, path }) => kind === "write" && path === "pangolin.db",
		);
		assert.ok(checkpoints.length > 50, "the log was checkpointed");
		const { examples, ...counts } = judge(recorded.entries, IMAGES);
		assert.deepEqual(
			counts,
			{ images: IMAGES, corrupt: 0, lost: 0, badFiles: 0 },
			told({ examples, ...counts }),
		);
	});

	it("finds lost commits where synchronous were NORMAL", () => {
		const normal = withoutSyncs(recorded.entries, (entry, index) =>
			isCommitSync(recorded.entries, entry, index),
		);
		assert.ok(judge(normal, IMAGES_WITH_BUG).lost > 0);
	});

	it("finds corruption where synchronous were OFF", () => {
		const off = withoutSyncs(recorded.entries, ({ path }) =>
			path.startsWith("pangolin.db"),
		);
		const findings = judge(off, IMAGES_WITH_BUG);
		assert.ok(findings.corrupt > 0 && findings.lost > 0, told(findings));
	});

	it("finds short files where metadata files were not synced", () => {
		const unsynced = withoutSyncs(recorded.entries, ({ path }) =>
			/\.(tmp|json)$/.test(path),
		);
		assert.ok(judge(unsynced, IMAGES_WITH_BUG).badFiles > 0);
	});

	it("finds missing files where folders were not synced", () => {
		const unsynced = withoutSyncs(
			recorded.entries,
			({ path }) => path !== "" && !/^pangolin\.db|\.(tmp|json)$/.test(path),
		);
		assert.ok(judge(unsynced, IMAGES_WITH_BUG).badFiles > 0);
	});

	it("finds acknowledgements that came too early", () => {
		const early = new Map(
			[...recorded.pointers].map(([table, known]) => [
				table,
				known.map((one, i) => ({
					...one,
					logBytes: known[i - 1]?.logBytes ?? 0,
				})),
			]),
		);
		const findings = judgeCrashes(
			{ ...recorded, pointers: early },
			recorded.entries,
			{
				count: IMAGES_WITH_BUG,
				random: randomFrom(seed),
				folder: join(images, "now"),
			},
		);
		assert.ok(findings.lost > 0);
	});
});

/** NORMAL syncs the write-ahead log only when a checkpoint follows. */
function isCommitSync(
	entries: readonly Entry[],
	entry: Entry,
	index: number,
): boolean {
	if (entry.path !== "pangolin.db-wal") return false;
	const next = entries.find(
		(one, at) => at > index && /^pangolin\.db(-wal)?$/.test(one.path),
	);
	return next?.path !== "pangolin.db";
}
