import assert from "node:assert/strict";
import {
	cpSync,
	existsSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkRows } from "../src/store/checking/checkRows.ts";
import type { MovedRow } from "../src/store/moving.ts";
import { PARTS } from "../src/store/moving.ts";
import {
	type CommitLoad,
	commitAlways,
	writtenOf,
} from "./support/commitLoad.ts";
import {
	assertRestored,
	done,
	KINDS,
	NAMES,
	pangolin,
	site,
} from "./support/databaseSites.ts";
import { keyFiles } from "./support/keyFiles.ts";
import { openMoverAt } from "./support/movers.ts";

/** Backups of stores that many servers share (F24): taken while two of them serve, restored into an empty one. */

/** Rows of one dump, with further commits before each part of them. */
async function* whileMore(
	load: CommitLoad,
	rows: AsyncIterable<MovedRow>,
): AsyncGenerator<MovedRow> {
	let part: MovedRow["part"] | undefined;
	for await (const row of rows) {
		if (row.part !== part) await load.more();
		part = row.part;
		yield row;
	}
}

/** The planted bug: each part as of another moment. */
async function* torn(
	load: CommitLoad,
	dump: () => AsyncIterable<MovedRow>,
): AsyncGenerator<MovedRow> {
	for (const part of PARTS) {
		await load.more();
		for await (const row of dump()) if (row.part === part) yield row;
	}
}

for (const [name, kind] of Object.entries(KINDS)) {
	describe(`a backup of ${name} under load`, () => {
		it("holds every commit that was answered before it began", async (test) => {
			const { folder, dataDir, url, sends } = await site(test, kind);
			const load = commitAlways(sends, NAMES);
			await load.more();
			const before = new Map(load.acknowledged);
			const file = join(folder, "backup");
			const output = await done(dataDir, url, "backup", "--to", file);
			await load.stop();
			assert.match(output, /rows: 100 %.*backup of .* written to/s);
			assert.equal(statSync(file).mode & 0o777, 0o600);

			const target = await kind.emptyUrl();
			const restored = await done(dataDir, target, "restore", "--from", file);
			assert.match(restored, /checking: 100 %.*rows: 100 %/s);
			await assertRestored(test, dataDir, target, before);
		});

		it("with the warehouse is complete: the folder alone brings everything back", async (test) => {
			const { folder, dataDir, url, sends, stop } = await site(test, kind);
			const load = commitAlways(sends, NAMES);
			await load.more();
			const before = new Map(load.acknowledged);
			const to = join(folder, "backup");
			await done(dataDir, url, "backup", "--to", to, "--with-warehouse");
			await load.stop();
			await stop();
			rmSync(dataDir, { recursive: true });

			const target = await kind.emptyUrl();
			const half = join(folder, "half");
			cpSync(to, half, { recursive: true });
			const copy = join(half, "pangolin.export");
			truncateSync(copy, Math.floor(statSync(copy).size / 2));
			const cut = await pangolin(dataDir, target, "restore", "--from", half);
			assert.equal(cut.code, 1);
			assert.match(cut.output, /not complete/);
			assert.ok(!existsSync(dataDir), "not even files of tables are there");
			await done(dataDir, target, "restore", "--from", to);
			await assertRestored(test, dataDir, target, before);
		});

		it("is of one moment however long it takes, and one that is not is caught", async (test) => {
			const { url, sends } = await site(test, kind);
			const load = commitAlways(sends, NAMES);
			const mover = openMoverAt(url);
			test.after(() => mover.close());
			const good = await checkRows(whileMore(load, mover.dump(undefined)));
			assert.deepEqual(good, []);
			const planted = torn(load, () => mover.dump(undefined));
			const problems = (await checkRows(planted)).join("\n");
			await load.stop();
			assert.match(problems, /commits are not dense/);
			assert.match(problems, /a row is newer than its line/);
		});
	});

	describe(`backup, restore and check of ${name}`, () => {
		it("say what stands in their way, in one line, and do nothing", async (test) => {
			const { folder, dataDir, url } = await site(test, kind);
			const file = join(folder, "backup");
			await done(dataDir, url, "backup", "--to", file);
			const refusals: [string, readonly string[], RegExp][] = [
				[url, ["backup", "--to", file], /backup exists already/],
				[url, ["restore", "--from", file], /it is not empty/],
				[kind.away, ["backup", "--to", `${file}2`], /away|127\.0\.0\.1:1/],
				[kind.away, ["check"], /away|127\.0\.0\.1:1/],
				[await kind.emptyUrl(), ["backup", "--to", `${file}2`], kind.unused],
				[await kind.emptyUrl(), ["check"], kind.unused],
			];
			writeFileSync(join(folder, "x.db"), "SQLite format 3\0");
			const sqlite = ["restore", "--from", join(folder, "x.db")];
			refusals.push([await kind.emptyUrl(), sqlite, /copy of a SQLite file/]);
			for (const [at, args, says] of refusals) {
				const { code, output } = await pangolin(dataDir, at, ...args);
				assert.equal(code, 1, output);
				assert.match(output, says);
				assert.match(output, /^pangolin: [^\n]+\n$/m);
			}
			assert.ok(!existsSync(`${file}2`));
		});

		it("sign a copy, and take it from that key only before anything has an effect", async (test) => {
			const { folder, dataDir, url, stop } = await site(test, kind);
			const key = keyFiles(folder);
			const other = keyFiles(folder, "other");
			const [signed, unsigned] = [join(folder, "signed"), join(folder, "not")];
			const sign = ["--with-warehouse", "--sign-key", key.secret];
			await done(dataDir, url, "backup", "--to", signed, ...sign);
			await done(dataDir, url, "backup", "--to", unsigned);
			await stop();
			rmSync(dataDir, { recursive: true });

			const target = await kind.emptyUrl();
			const refusals: [string, string, RegExp][] = [
				[signed, other.open, /another key/],
				[unsigned, key.open, /not signed/],
				[signed, unsigned, /not an Ed25519 public key/],
			];
			for (const [from, open, says] of refusals) {
				const args = ["restore", "--from", from, "--verify-key", open];
				const { code, output } = await pangolin(dataDir, target, ...args);
				assert.equal(code, 1, output);
				assert.match(output, says);
				assert.ok(!existsSync(dataDir));
				const check = await pangolin(dataDir, target, "check");
				assert.match(check.output, kind.unused);
			}
			const verify = ["--from", signed, "--verify-key", key.open];
			const output = await done(dataDir, target, "restore", ...verify);
			assert.doesNotMatch(output, /warning/);
			const another = await kind.emptyUrl();
			const lax = await done(dataDir, another, "restore", "--from", signed);
			assert.match(lax, /warning: .*signature was not checked/);
			await assertRestored(test, dataDir, target, new Map());
		});

		it("take an export into a SQLite file as well", async (test) => {
			const { folder, dataDir, url, sends } = await site(test, kind);
			const file = join(folder, "backup");
			await done(dataDir, url, "backup", "--to", file);
			const written = await writtenOf(sends[0], "t0");
			const laptop = `sqlite://${join(folder, "laptop.db")}`;
			await done(dataDir, laptop, "restore", "--from", file);
			await assertRestored(test, dataDir, laptop, new Map([["t0", written]]));
		});
	});
}
