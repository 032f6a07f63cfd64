import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { asAdmin } from "../../test/support/postgres.ts";
import type { Bench } from "../context.ts";

/** What PostgreSQL does alone for rows as those of a commit: transactions per second. */
export type Pgbench = () => number;

/** @param size how many clients, and how many tables they commit to */
export async function preparePgbench(
	bench: Bench,
	databaseUrl: string,
	size: { readonly clients: number; readonly tables: number },
): Promise<Pgbench> {
	const { port, pathname } = new URL(databaseUrl);
	await asAdmin(Number(port), bareRows(size.tables), pathname.slice(1));
	const script = join(bench.newFolder(), "commit.sql");
	writeFileSync(script, bareCommit(size.tables));
	const seconds = Math.max(1, Math.round(bench.sizes.milliseconds / 1000));
	return () => {
		const { stdout, stderr, status, error } = spawnSync(
			"pgbench",
			[
				...["--no-vacuum", "--client", String(size.clients), "--jobs", "1"],
				...["--time", String(seconds), "--file", script, databaseUrl],
			],
			{ encoding: "utf8" },
		);
		const rate = /tps = ([\d.]+)/.exec(stdout ?? "")?.[1];
		if (status !== 0 || rate === undefined)
			throw new Error(
				`pgbench (of Debian's postgresql package) failed: ${error ?? stderr}`,
			);
		return Number(rate);
	};
}

/** Rows as those of a commit: the head of a line, the pointer, the one before it, the commit. */
const bareRows = (tables: number) => `
CREATE TABLE bare_lines (id integer PRIMARY KEY, head bigint NOT NULL, time_micros bigint NOT NULL);
CREATE TABLE bare_entries (key text COLLATE "C" PRIMARY KEY, number bigint NOT NULL, location text NOT NULL);
CREATE TABLE bare_past (key text COLLATE "C", number bigint, ended bigint NOT NULL, location text NOT NULL, PRIMARY KEY (key, number, ended));
CREATE TABLE bare_commits (number bigint PRIMARY KEY, id uuid NOT NULL UNIQUE, time_micros bigint NOT NULL, keys text NOT NULL, message text NOT NULL);
INSERT INTO bare_lines VALUES (1, 0, 0);
INSERT INTO bare_entries SELECT i, 0, repeat('x', 200) FROM generate_series(1, ${tables}) i`;

/** One round trip and one transaction. */
const bareCommit = (tables: number) => String.raw`\set key random(1, ${tables})
BEGIN\; UPDATE bare_lines SET head = head + 1, time_micros = time_micros + 1 WHERE id = 1\; INSERT INTO bare_past SELECT key, number, head, location FROM bare_entries, bare_lines WHERE key = :key::text\; UPDATE bare_entries SET number = head FROM bare_lines WHERE key = :key::text\; INSERT INTO bare_commits SELECT head, gen_random_uuid(), time_micros, repeat('k', 100), 'message' FROM bare_lines\; COMMIT;
`;
