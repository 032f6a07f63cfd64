import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bigTableCases } from "./cases/bigTables.ts";
import { commitCases } from "./cases/commits.ts";
import { growthCases } from "./cases/growth.ts";
import { memoryCases } from "./cases/memory.ts";
import { readCases } from "./cases/reads.ts";
import { versionsCases } from "./cases/versions.ts";
import { type Bench, prepare, type Sizes } from "./context.ts";
import { LOAD_CORE, SERVER_CORE, startHelper } from "./processes.ts";
import { type Row, reached, tableOf } from "./report.ts";
import { runtimeCommand } from "./runtimes.ts";

const HELP = `npm run bench -- [options]
  --quick              small sizes: a look, no figures to quote
  --rounds N           rounds per case (default 5)
  --milliseconds N     of one run of the load generator (default 2000)
  --tables N           the large catalog (default 100000)
  --snapshots N        the longest history (default 10000)
  --only A,B           of: reads, commits, big-tables, memory, growth, versions
  --store sqlite|postgres   where the catalog lives; on PostgreSQL (the tests' own, with fsync) only reads, commits, big-tables, memory
  --dist               the compiled package in dist/ instead of the sources
  --runtime node|bun   what runs the server (Bun is fetched into a cache folder)
  --bun                runs the cases on Bun too, after those on Node, as further columns
  --json FILE          writes the rows there as well`;

const { values: options } = parseArgs({
	options: {
		quick: { type: "boolean", default: false },
		rounds: { type: "string" },
		milliseconds: { type: "string" },
		tables: { type: "string" },
		snapshots: { type: "string" },
		only: { type: "string" },
		store: { type: "string", default: "sqlite" },
		dist: { type: "boolean", default: false },
		runtime: { type: "string", default: "node" },
		bun: { type: "boolean", default: false },
		json: { type: "string" },
		help: { type: "boolean", default: false },
	},
});

const GROUPS: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
	reads: (bench) => withServer(bench, readCases),
	commits: (bench) => withServer(bench, commitCases),
	"big-tables": bigTableCases,
	memory: memoryCases,
	growth: growthCases,
	versions: versionsCases,
};

/** These seed a SQLite file, or compare with one. */
const SQLITE_ONLY = new Set(["growth", "versions"]);

function groupNames(): string[] {
	const isSqlite = options.store === "sqlite";
	const names =
		options.only?.split(",") ??
		Object.keys(GROUPS).filter((name) => isSqlite || !SQLITE_ONLY.has(name));
	const unfit = names.filter((name) => !isSqlite && SQLITE_ONLY.has(name));
	if (unfit.length > 0) throw new Error(`only on SQLite: ${unfit.join(", ")}`);
	return names;
}

/** What makes the environment for each server's store. */
async function storesOf(store: string): Promise<Bench["newStore"]> {
	if (store === "sqlite") return async () => ({});
	if (store !== "postgres") throw new Error(`no such store: ${store}`);
	const { asAdmin, startCluster } = await import("../test/support/postgres.ts");
	const { port, url } = await startCluster({
		fsync: "on",
		full_page_writes: "on",
		shared_buffers: "128MB",
	});
	let databases = 0;
	return async () => {
		const name = `bench_${++databases}`;
		await asAdmin(port, `CREATE DATABASE ${name}`);
		return { DATABASE_URL: url(name) };
	};
}

async function withServer(bench: Bench, run: typeof readCases): Promise<void> {
	const prepared = await prepare(bench);
	await run(bench, prepared);
	await prepared.stop();
}

function sizesOf(): Sizes {
	const standard = options.quick
		? { rounds: 1, milliseconds: 500, tables: 2000, snapshots: 1000 }
		: { rounds: 5, milliseconds: 2000, tables: 100_000, snapshots: 10_000 };
	const given = (name: keyof Sizes) => Number(options[name] ?? standard[name]);
	return {
		rounds: given("rounds"),
		milliseconds: given("milliseconds"),
		tables: given("tables"),
		snapshots: given("snapshots"),
	};
}

async function main(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "pangolin-bench-"));
	process.once("exit", () => rmSync(folder, { recursive: true }));
	const bareHttp = startHelper("./bare/httpServer.ts", SERVER_CORE);
	const { port } = await bareHttp.ask<{ port: number }>(undefined);
	let folders = 0;
	const parts = {
		sizes: sizesOf(),
		newStore: await storesOf(options.store),
		load: startHelper("./load/generator.ts", LOAD_CORE),
		bareHttp: { ...bareHttp, port },
		bareCommits: startHelper("./bare/commits.ts", SERVER_CORE),
		bareJson: startHelper("./bare/json.ts", SERVER_CORE),
		newFolder() {
			folders += 1;
			const made = join(folder, String(folders));
			mkdirSync(made);
			return made;
		},
	};
	const rows = await runGroups(parts, options.runtime);
	const other = options.bun
		? { runtime: "Bun", rows: await runGroups(parts, "bun") }
		: undefined;
	const { load, bareCommits, bareJson } = parts;
	for (const helper of [load, bareHttp, bareCommits, bareJson]) {
		await helper.stop();
	}
	finish(rows, other);
}

async function runGroups(
	parts: Omit<Bench, "command" | "report">,
	runtime: string,
): Promise<Row[]> {
	const rows: Row[] = [];
	const bench: Bench = {
		...parts,
		command: runtimeCommand({
			runtime,
			compiled: options.dist,
			folder: parts.newFolder(),
		}),
		report(row) {
			rows.push(row);
			process.stderr.write(`${runtime} ${tableOf([row]).split("\n").at(-1)}\n`);
		},
	};
	for (const name of groupNames()) {
		const group = GROUPS[name];
		if (group === undefined) throw new Error(`no such group: ${name}`);
		await group(bench);
	}
	return rows;
}

function finish(rows: readonly Row[], other: Parameters<typeof tableOf>[1]) {
	const sizes = sizesOf();
	const what = options.dist ? "the compiled package" : "the sources";
	const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? "?"}, Node ${process.version}, ${what} on ${options.runtime}, store ${options.store}, ${JSON.stringify(sizes)}`;
	process.stdout.write(`${machine}\n\n${tableOf(rows, other)}\n`);
	const missed = rows.filter((row) => !(row.targets ?? []).every(reached));
	process.stdout.write(
		missed.length === 0
			? "\nEvery target of these cases is reached.\n"
			: `\nMissed: ${missed.map(({ name }) => name).join("; ")}\n`,
	);
	if (options.json !== undefined) {
		const content = { machine, sizes, rows, other };
		writeFileSync(
			options.json,
			`${JSON.stringify(content, undefined, "\t")}\n`,
		);
	}
}

if (options.help) process.stdout.write(`${HELP}\n`);
else await main();
