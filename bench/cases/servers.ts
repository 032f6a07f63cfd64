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
import type { Target } from "../report.ts";
import { againstBareHttp } from "./againstBareHttp.ts";
import { bareServersCase } from "./bareServers.ts";
import { type Pgbench, preparePgbench } from "./pgbench.ts";

const CLIENTS = 32;
/** Of each number of servers, so that each server knows what it committed last. */
const TABLES = 64;
const SERVER_COUNTS = [1, 2, 3] as const;
/** Of each server alone: one that was asked little so far still compiles its code, and takes twice the CPU. */
const WARM_UP_ROUNDS = 4;
/** After which servers know which others write. */
const SETTLE_MILLIS = 700;

/** Several servers on one database; on PostgreSQL beside what it does alone. */
export async function serversCases(bench: Bench): Promise<void> {
	const env = await bench.newStore();
	const databaseUrl = env.DATABASE_URL;
	if (databaseUrl === undefined)
		throw new Error("servers: give --store postgres or mongo");
	const dataDir = bench.newFolder();
	const isPostgres = databaseUrl.startsWith("postgres");
	const size = { clients: CLIENTS, tables: TABLES };
	const pgbench = isPostgres
		? await preparePgbench(bench, databaseUrl, size)
		: undefined;
	if (isPostgres) {
		// The bare server reads the rows that were made for pgbench.
		const alone = await prepare(bench, { dataDir, env });
		await loadCase(bench, alone, databaseUrl);
		await alone.stop();
	}
	// On one core together they would only take turns: an added server brings none of its own then.
	const options = { dataDir, env, free: true };
	const prepared = await prepare(bench, options);
	const { command } = bench;
	const others = [
		await startServer({ ...options, command }),
		await startServer({ ...options, command }),
	];
	await commitCase(bench, prepared, others, pgbench);
	for (const other of others) await other.stop();
	await prepared.stop();
	if (isPostgres)
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
	pgbench: Pgbench | undefined,
): Promise<void> {
	const tables = [];
	for (const count of SERVER_COUNTS)
		tables.push(await createTables(bench, prepared, `of_${count}`, TABLES));
	await warmUp(bench, prepared, others);
	const samples = SERVER_COUNTS.map((): Sample[] => []);
	const bare: number[] = [];
	for (let round = -1; round < bench.sizes.rounds; round++) {
		const rows = pgbench?.();
		if (rows !== undefined && round >= 0) bare.push(rows);
		for (const [index, count] of SERVER_COUNTS.entries()) {
			const more = others.slice(0, count - 1);
			const job = {
				kind: "append",
				port: prepared.server.port,
				otherPorts: more.map(({ port }) => port),
				clients: CLIENTS,
				tables: tables[index] ?? [],
			} as const;
			await bench.load.ask({ ...job, milliseconds: SETTLE_MILLIS });
			const { milliseconds } = bench.sizes;
			const sample = await measure(
				bench.load,
				together([prepared.server, ...more]),
				{ ...job, milliseconds },
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
		const ofOne = ratioOf(own, rates[0] ?? []);
		const targets: Target[] = [
			{ what: "of one server", value: ofOne.median, atLeast: 1 },
		];
		const row = {
			name: `commit, distinct tables of one branch, ${count} servers (${CLIENTS} clients)`,
			sample: medianSample(samples[index] ?? []),
			figure: { value: ofOne.median, unit: "x one server" },
			targets,
		};
		if (bare.length === 0) {
			bench.report(row);
			continue;
		}
		const ofBare = ratioOf(own, bare);
		targets.push({ what: "of pgbench", value: ofBare.median, atLeast: 0.5 });
		const name = `of pgbench with the same rows ${median(bare).toFixed(0)}/s`;
		bench.report({ ...row, limit: { name, ratio: ofBare } });
	}
}
