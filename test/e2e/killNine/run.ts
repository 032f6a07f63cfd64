import { orphansOf, readChain } from "./chain.ts";
import { commitsPerName } from "./commitRecords.ts";
import type { ChainLink, Violation } from "./history.ts";
import { emptyRecord, type Recorded, runClient } from "./load.ts";
import { type MortalServer, startMortalServer } from "./mortalServer.ts";
import { violationsOf } from "./oracle.ts";
import { seededRandom } from "./random.ts";
import { send, stateOf } from "./tableClient.ts";

export interface KillNineOptions {
	readonly dataDir: string;
	/** Acknowledged commits to reach. */
	readonly commits: number;
	readonly kills: number;
	readonly seed: number;
	readonly clients?: number;
	readonly tables?: number;
	/** What runs instead of the server, for planted bugs. */
	readonly command?: readonly string[];
}

export interface KillNineReport {
	readonly seed: number;
	readonly acknowledged: number;
	readonly refused: number;
	readonly unknown: number;
	/** Acknowledged only by a repetition with the same key. */
	readonly repeated: number;
	readonly reads: number;
	readonly kills: number;
	/** Files in the tables' metadata folders that no pointer ever named. */
	readonly orphans: number;
	/** Pointers of all tables, those that created them included. */
	readonly links: number;
	readonly violations: readonly Violation[];
}

const NAMESPACE = "history";

/**
 * Lets clients commit while the server is killed (SIGKILL) and started again at
 * random, kills it once more at the end, and checks what is left against what
 * the clients were told.
 */
export async function runKillNine(
	options: KillNineOptions,
): Promise<KillNineReport> {
	const random = seededRandom(options.seed);
	const server = await startMortalServer(options, random);
	try {
		const tables = Array.from(
			{ length: options.tables ?? 8 },
			(_, index) => `table_${index}`,
		);
		await createTables(server, tables);
		const record = emptyRecord(tables);
		await Promise.all(
			Array.from({ length: options.clients ?? 16 }, (_, index) =>
				runClient({
					name: `client-${index}`,
					target: {
						tablesUrl: () => tablesUrl(server),
						acknowledged: server.acknowledged,
						finished: () => server.finished,
					},
					random: seededRandom(Math.floor(random() * 2 ** 32)),
					tables,
					record,
				}),
			),
		);
		const kills = server.kills();
		await server.killAndRestart();
		const judged = await judge(server, tables, record);
		await server.stop();
		const violations = [
			...judged.violations,
			...historyViolations(
				judged.chains,
				await commitsPerName(options.dataDir),
			),
		];
		return {
			...tally(record, judged),
			seed: options.seed,
			kills,
			violations,
		};
	} finally {
		await server.stop();
	}
}

/** The store's own records of commits tell of as many as the pointers have had. */
function historyViolations(
	chains: Judged["chains"],
	commits: ReadonlyMap<string, number>,
): Violation[] {
	return [...chains]
		.filter(([table, chain]) => commits.get(table) !== chain.length)
		.map(([table, chain]) => ({
			kind: "history",
			table,
			detail: `${commits.get(table)} commits for ${chain.length} pointers`,
		}));
}

async function tablesUrl(server: MortalServer): Promise<string> {
	return `${await server.namespacesUrl()}/${NAMESPACE}/tables`;
}

async function createTables(
	server: MortalServer,
	tables: readonly string[],
): Promise<void> {
	await must(await server.namespacesUrl(), { namespace: [NAMESPACE] });
	for (const name of tables) {
		await must(await tablesUrl(server), {
			name,
			schema: {
				type: "struct",
				"schema-id": 0,
				fields: [{ id: 1, name: "id", required: true, type: "long" }],
			},
			properties: { "write.metadata.previous-versions-max": "1000000" },
		});
	}
}

async function must(url: string, body: unknown): Promise<unknown> {
	const reply = await send(url, body === undefined ? "GET" : "POST", body);
	if (reply.kind !== "answer" || reply.status !== 200)
		throw new Error(`${url}: ${JSON.stringify(reply)}`);
	return reply.body;
}

interface Judged {
	readonly chains: ReadonlyMap<string, readonly ChainLink[]>;
	readonly orphans: number;
	readonly violations: readonly Violation[];
}

async function judge(
	server: MortalServer,
	tables: readonly string[],
	record: Recorded,
): Promise<Judged> {
	const violations: Violation[] = [
		...record.errors,
		...server
			.errors()
			.map((detail) => ({ kind: "server-error" as const, table: "", detail })),
	];
	const chains = new Map<string, readonly ChainLink[]>();
	let orphans = 0;
	for (const table of tables) {
		const attempts = record.attempts.get(table) ?? [];
		const reads = record.reads.get(table) ?? [];
		const body = await must(`${await tablesUrl(server)}/${table}`, undefined);
		const chain = await readChain(stateOf(body).metadataLocation);
		chains.set(table, chain);
		violations.push(...violationsOf({ table, attempts, reads, chain }));
		const left = await orphansOf(chain);
		const breaks = attempts.reduce((sum, each) => sum + each.breaks, 0);
		orphans += left.length;
		if (left.length > breaks)
			violations.push({
				kind: "orphans",
				table,
				detail: `${left.length} files of ${breaks} broken commits: ${left.slice(0, 3).join(" ")}`,
			});
	}
	return { chains, orphans, violations };
}

/** The figures of the report. */
function tally(
	record: Recorded,
	judged: Judged,
): Omit<KillNineReport, "seed" | "kills" | "violations"> {
	const outcomes = [...record.attempts.values()]
		.flat()
		.map(({ outcome }) => outcome);
	const acknowledged = outcomes.filter(
		(outcome) => typeof outcome === "object",
	);
	return {
		acknowledged: acknowledged.length,
		refused: outcomes.filter((outcome) => outcome === "refused").length,
		unknown: outcomes.filter((outcome) => outcome === "unknown").length,
		repeated: acknowledged.filter(({ repeated }) => repeated).length,
		reads: [...record.reads.values()].flat().length,
		orphans: judged.orphans,
		links: [...judged.chains.values()].flat().length,
	};
}
