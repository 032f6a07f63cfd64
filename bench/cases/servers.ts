import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { asAdmin } from "../../test/support/postgres.ts";
import type { Bench, Prepared } from "../context.ts";
import { createTables, prepare } from "../context.ts";
import type { Sample } from "../measure.ts";
import {
	measure,
	median,
	medianSample,
	ratioOf,
	together,
} from "../measure.ts";
import { startServer, type Watched } from "../processes.ts";
import { againstBareHttp } from "./againstBareHttp.ts";
import { bareServersCase } from "./bareServers.ts";

const CLIENTS = 32;
/** Of each number of servers, so that each server knows what it committed last. */
const TABLES = 64;
const SERVER_COUNTS = [1, 2, 3] as const;
/** Of each server alone: one that was asked little so far still compiles its code, and takes twice the CPU. */
const WARM_UP_ROUNDS = 4;

/** Several servers on one PostgreSQL, beside what the database does alone. */
export async function serversCases(bench: Bench): Promise<void> {
	const env = await bench.newStore();
	const databaseUrl = env.DATABASE_URL;
	if (databaseUrl === undefined)
		throw new Error("servers: give --store postgres");
	const dataDir = bench.newFolder();
	await makeBareRows(databaseUrl);
	const alone = await prepare(bench, { dataDir, env });
	await loadCase(bench, alone, databaseUrl);
	await alone.stop();
	// On one core together they would only take turns: an added server brings none of its own then.
	const options = { dataDir, env, free: true };
	const prepared = await prepare(bench, options);
	const { command } = bench;
	const others = [
		await startServer({ ...options, command }),
		await startServer({ ...options, command }),
	];
	await commitCase(bench, prepared, others, databaseUrl);
	for (const other of others) await other.stop();
	await prepared.stop();
	await bareServersCase(bench, databaseUrl, {
		counts: SERVER_COUNTS,
		clients: CLIENTS,
	});
}

async function loadCase(
	bench: Bench,
	prepared: Prepared,
	databaseUrl: string,
): Promise<void> {
	const [path = ""] = await createTables(bench, prepared, "loaded", 1);
	bench.report(
		await againstBareHttp(bench, prepared, {
			name: "loadTable on PostgreSQL",
			path,
			clients: 16,
			databaseUrl,
			targets: ({ time }) => [
				{ what: "time of bare select", value: time, atMost: 2 },
			],
		}),
	);
}

async function commitCase(
	bench: Bench,
	prepared: Prepared,
	others: readonly (Watched & { port: number })[],
	databaseUrl: string,
): Promise<void> {
	const tables = [];
	for (const count of SERVER_COUNTS)
		tables.push(await createTables(bench, prepared, `of_${count}`, TABLES));
	await warmUp(bench, prepared, others);
	const samples = SERVER_COUNTS.map((): Sample[] => []);
	const bare: number[] = [];
	const script = join(bench.newFolder(), "commit.sql");
	writeFileSync(script, BARE_COMMIT);
	for (let round = -1; round < bench.sizes.rounds; round++) {
		const rows = pgbench(script, databaseUrl, bench.sizes.milliseconds);
		if (round >= 0) bare.push(rows);
		for (const [index, count] of SERVER_COUNTS.entries()) {
			const more = others.slice(0, count - 1);
			const sample = await measure(
				bench.load,
				together([prepared.server, ...more]),
				{
					kind: "append",
					port: prepared.server.port,
					otherPorts: more.map(({ port }) => port),
					clients: CLIENTS,
					milliseconds: bench.sizes.milliseconds,
					tables: tables[index] ?? [],
				},
			);
			if (round >= 0) samples[index]?.push(sample);
		}
	}
	report(bench, samples, bare);
}

async function warmUp(
	bench: Bench,
	prepared: Prepared,
	others: readonly { port: number }[],
): Promise<void> {
	const tables = await createTables(bench, prepared, "warm", TABLES);
	for (const { port } of [prepared.server, ...others])
		await bench.load.ask({
			kind: "append",
			port,
			clients: CLIENTS,
			milliseconds: WARM_UP_ROUNDS * bench.sizes.milliseconds,
			tables,
		});
}

function report(
	bench: Bench,
	samples: readonly (readonly Sample[])[],
	bare: readonly number[],
): void {
	const rates = samples.map((some) => some.map((each) => each.perSecond));
	for (const [index, count] of SERVER_COUNTS.entries()) {
		const own = rates[index] ?? [];
		const ofBare = ratioOf(own, bare);
		const ofOne = ratioOf(own, rates[0] ?? []);
		bench.report({
			name: `commit, distinct tables of one branch, ${count} servers (${CLIENTS} clients)`,
			sample: medianSample(samples[index] ?? []),
			figure: { value: ofOne.median, unit: "x one server" },
			limit: {
				name: `of pgbench with the same rows ${median(bare).toFixed(0)}/s`,
				ratio: ofBare,
			},
			targets: [
				{ what: "of pgbench", value: ofBare.median, atLeast: 0.5 },
				{ what: "of one server", value: ofOne.median, atLeast: 1 },
			],
		});
	}
}

/** Rows as those of a commit: the head of a line, the pointer, the one before it, the commit. */
const BARE_ROWS = `
CREATE TABLE bare_lines (id integer PRIMARY KEY, head bigint NOT NULL, time_micros bigint NOT NULL);
CREATE TABLE bare_entries (key text COLLATE "C" PRIMARY KEY, number bigint NOT NULL, location text NOT NULL);
CREATE TABLE bare_past (key text COLLATE "C", number bigint, ended bigint NOT NULL, location text NOT NULL, PRIMARY KEY (key, number, ended));
CREATE TABLE bare_commits (number bigint PRIMARY KEY, id uuid NOT NULL UNIQUE, time_micros bigint NOT NULL, keys text NOT NULL, message text NOT NULL);
INSERT INTO bare_lines VALUES (1, 0, 0);
INSERT INTO bare_entries SELECT i, 0, repeat('x', 200) FROM generate_series(1, ${TABLES}) i`;

/** One round trip and one transaction. */
const BARE_COMMIT = String.raw`\set key random(1, ${TABLES})
BEGIN\; UPDATE bare_lines SET head = head + 1, time_micros = time_micros + 1 WHERE id = 1\; INSERT INTO bare_past SELECT key, number, head, location FROM bare_entries, bare_lines WHERE key = :key::text\; UPDATE bare_entries SET number = head FROM bare_lines WHERE key = :key::text\; INSERT INTO bare_commits SELECT head, gen_random_uuid(), time_micros, repeat('k', 100), 'message' FROM bare_lines\; COMMIT;
`;

async function makeBareRows(databaseUrl: string): Promise<void> {
	const { port, pathname } = new URL(databaseUrl);
	await asAdmin(Number(port), BARE_ROWS, pathname.slice(1));
}

/** @returns transactions per second */
function pgbench(script: string, databaseUrl: string, milliseconds: number) {
	const seconds = Math.max(1, Math.round(milliseconds / 1000));
	const { stdout, stderr, status, error } = spawnSync(
		"pgbench",
		[
			...["--no-vacuum", "--client", String(CLIENTS), "--jobs", "1"],
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
}
