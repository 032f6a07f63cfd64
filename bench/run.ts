import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bigTableCases } from "./cases/bigTables.ts";
import { commitCases } from "./cases/commits.ts";
import { growthCases } from "./cases/growth.ts";
import { listCases } from "./cases/lists.ts";
import { memoryCases } from "./cases/memory.ts";
import { mongoReadCases } from "./cases/mongoReads.ts";
import { readCases } from "./cases/reads.ts";
import { serversCases } from "./cases/servers.ts";
import { versionsCases } from "./cases/versions.ts";
import { type Bench, prepare, type Sizes } from "./context.ts";
import { LOAD_CORE, SERVER_CORE, startHelper } from "./processes.ts";
import { type Row, type Run, reached, tableOf } from "./report.ts";
import { runtimeCommand } from "./runtimes.ts";
import { STORES } from "./stores.ts";

const HELP = `npm run bench -- [options]
  --quick              small sizes: a look, no figures to quote
  --rounds N           rounds per case (default 5)
  --milliseconds N     of one run of the load generator (default 2000)
  --tables N           the large catalog (default 100000)
  --snapshots N        the longest history (default 10000)
  --only A,B           of: reads, commits, big-tables, memory; growth and versions (on SQLite), servers and lists (on the databases), mongo-reads
  --store sqlite|memory|postgres|mongo|all   where the catalog lives; all: one after the other, side by side in the table, of the first
                       four groups; the databases are the tests' own, with fsync
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
	servers: serversCases,
	"mongo-reads": mongoReadCases,
	lists: listCases,
};

/** These know their store: they seed its file, or compare with what it does alone. */
const ONLY_ON: Readonly<Record<string, readonly string[]>> = {
	growth: ["sqlite"],
	versions: ["sqlite"],
	servers: ["postgres", "mongo"],
	"mongo-reads": ["mongo"],
	lists: ["postgres", "mongo"],
};

function groupNames(): string[] {
	const { store } = options;
	const isUnfit = (name: string) => ONLY_ON[name]?.includes(store) === false;
	const asked = options.only?.split(",");
	const unfit = asked?.filter(isUnfit) ?? [];
	if (unfit.length > 0) throw new Error(`not on ${store}: ${unfit.join(", ")}`);
	return asked ?? Object.keys(GROUPS).filter((name) => !isUnfit(name));
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
	const runtimes = options.bun ? [options.runtime, "bun"] : [options.runtime];
	const runs: Run[] = [];
	for (const [store, open] of askedStores()) {
		const newStore = await open();
		for (const runtime of runtimes) {
			const name = options.bun ? `${store} ${runtime}` : store;
			const rows = await runGroups(name, { ...parts, newStore }, runtime);
			runs.push({ name, rows });
		}
	}
	const { load, bareCommits, bareJson } = parts;
	for (const helper of [load, bareHttp, bareCommits, bareJson]) {
		await helper.stop();
	}
	finish(runs);
}

function askedStores() {
	const { store } = options;
	const asked = Object.entries(STORES).filter(
		([name]) => store === "all" || store === name,
	);
	if (asked.length === 0) throw new Error(`no such store: ${store}`);
	return asked;
}

async function runGroups(
	run: string,
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
			process.stderr.write(
				`${run} ${tableOf([{ name: run, rows: [row] }])
					.split("\n")
					.at(-1)}\n`,
			);
		},
	};
	for (const name of groupNames()) {
		const group = GROUPS[name];
		if (group === undefined) throw new Error(`no such group: ${name}`);
		await group(bench);
	}
	return rows;
}

function finish(runs: readonly Run[]): void {
	const sizes = sizesOf();
	const what = options.dist ? "the compiled package" : "the sources";
	const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? "?"}, Node ${process.version}, ${what} on ${options.runtime}, store ${options.store}, ${JSON.stringify(sizes)}`;
	process.stdout.write(`${machine}\n\n${tableOf(runs)}\n`);
	const missed = runs.flatMap((run) =>
		run.rows
			.filter((row) => !(row.targets ?? []).every(reached))
			.map((row) => `${row.name} on ${run.name}`),
	);
	process.stdout.write(
		missed.length === 0
			? "\nEvery target of these cases is reached.\n"
			: `\nMissed: ${missed.join("; ")}\n`,
	);
	if (options.json !== undefined) {
		const content = { machine, sizes, runs };
		writeFileSync(
			options.json,
			`${JSON.stringify(content, undefined, "\t")}\n`,
		);
	}
}

if (options.help) process.stdout.write(`${HELP}\n`);
else await main();
