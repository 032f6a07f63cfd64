import { orphansOf, readChain } from "./chain.ts";
import { commitsPerName } from "./commitRecords.ts";
import type { ChainLink, Violation } from "./history.ts";
import { emptyRecord, type Recorded, runClient } from "./load.ts";
import {
	type MortalServers,
	type Site,
	startMortalServers,
} from "./mortalServers.ts";
import { violationsOf } from "./oracle.ts";
import { seededRandom } from "./random.ts";
import { send, stateOf } from "./tableClient.ts";

export interface KillNineOptions {
	readonly site: Site;
	/** Acknowledged commits to reach. */
	readonly commits: number;
	readonly kills: number;
	readonly seed: number;
	readonly clients?: number;
	readonly tables?: number;
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
 * Lets clients commit while servers are killed (SIGKILL) and started again at
 * random, kills all of them at the end, and checks what is left against what the
 * clients were told.
 */
export async function runKillNine(
	options: KillNineOptions,
): Promise<KillNineReport> {
	const random = seededRandom(options.seed);
	const servers = await startMortalServers(options, random);
	try {
		const tables = Array.from(
			{ length: options.tables ?? 8 },
			(_, index) => `table_${index}`,
		);
		await createTables(servers, tables);
		const record = emptyRecord(tables);
		await Promise.all(
			Array.from({ length: options.clients ?? 16 }, (_, index) =>
				runClient({
					name: `client-${index}`,
					target: {
						tablesUrl: () => tablesUrl(servers),
						acknowledged: servers.acknowledged,
						finished: () => servers.finished,
						losesStore: options.site.disturb !== undefined,
					},
					random: seededRandom(Math.floor(random() * 2 ** 32)),
					tables,
					record,
				}),
			),
		);
		const kills = servers.kills();
		await servers.killAndRestartAll();
		const judged = await judge(servers, tables, record);
		await servers.stop();
		const violations = [
			...judged.violations,
			...historyViolations(judged.chains, await commitsPerName(options.site)),
		];
		return {
			...tally(record, judged),
			seed: options.seed,
			kills,
			violations,
		};
	} finally {
		await servers.stop();
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

async function tablesUrl(servers: MortalServers): Promise<string> {
	return `${await servers.namespacesUrl()}/${NAMESPACE}/tables`;
}

async function createTables(
	servers: MortalServers,
	tables: readonly string[],
): Promise<void> {
	await must(await servers.namespacesUrl(), { namespace: [NAMESPACE] });
	for (const name of tables) {
		await must(await tablesUrl(servers), {
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
	servers: MortalServers,
	tables: readonly string[],
	record: Recorded,
): Promise<Judged> {
	const violations: Violation[] = [
		...record.errors,
		...servers
			.errors()
			.map((detail) => ({ kind: "server-error" as const, table: "", detail })),
	];
	const chains = new Map<string, readonly ChainLink[]>();
	let orphans = 0;
	for (const table of tables) {
		const attempts = record.attempts.get(table) ?? [];
		const reads = record.reads.get(table) ?? [];
		const body = await must(`${await tablesUrl(servers)}/${table}`, undefined);
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
