import type { Bench, Prepared } from "../context.ts";
import { createTables, requestBody } from "../context.ts";
import { exchange, requestText } from "../load/connection.ts";
import type { Job } from "../load/jobs.ts";
import { medianSample, ratioOf, type Sample } from "../measure.ts";
import type { Target } from "../report.ts";
import { inTurns, p50sOf, type Turn } from "./inTurns.ts";
import { creationText } from "./versionsBranches.ts";

const CLIENTS = 4;
const DEPTHS = [1, 3, 10] as const;

/** loadTable: with a long past, in the past, and on branches of branches. */
export async function historyCases(
	bench: Bench,
	prepared: Prepared,
): Promise<void> {
	const paths = await createTables(bench, prepared, "aged", 3);
	const [young = "", old = "", other = ""] = paths;
	for (const path of paths)
		await commitProperties(
			bench,
			prepared,
			path,
			0,
			1,
			"write.metadata.previous-versions-max",
		);
	await create(prepared, "before");
	await commitProperties(bench, prepared, old, 1, bench.sizes.snapshots);
	const load = (path: string) => repeated(bench, prepared, path);
	const age = `${bench.sizes.snapshots} past commits`;
	await compared(bench, [
		{ name: "loadTable on main, 1 past commit", turn: load(young) },
		{ name: `loadTable on main, ${age}`, turn: load(old), atMost: 1.2 },
		{
			name: `loadTable before the ${age}`,
			turn: load(`${old}?branch=before`),
		},
	]);
	for (let depth = 1; depth <= 10; depth++) {
		await create(prepared, `d${depth}`, depth === 1 ? "main" : `d${depth - 1}`);
		const at = `${other}?branch=d${depth}`;
		await commitProperties(bench, prepared, at, depth, 1);
	}
	await compared(bench, [
		...DEPTHS.map((depth) => ({
			name: `loadTable on a branch of depth ${depth}`,
			turn: load(`${young}?branch=d${depth}`),
			...(depth === 1 ? {} : { atMost: 1.5 }),
		})),
		{ name: "loadTable on main, beside those branches", turn: load(young) },
	]);
}

/** Lists of a branch against those of main: warm, after a commit, and the first of a new branch. */
export async function listCases(
	bench: Bench,
	prepared: Prepared,
	tables: number,
): Promise<void> {
	const [touched = ""] = await createTables(bench, prepared, "listed", 1);
	await create(prepared, "list");
	const list = (query: string) => `${prepared.tablesPath}${query}`;
	const what = `list ${tables + 1} tables`;
	await compared(bench, [
		{ name: `${what} on main`, turn: repeated(bench, prepared, list("")) },
		{
			name: `${what} on a branch`,
			turn: repeated(bench, prepared, list("?branch=list")),
			atMost: 2,
		},
	]);
	let value = 0;
	const afterCommit = (query: string): Turn => ({
		server: prepared.server,
		job: async () => {
			await commitProperties(bench, prepared, `${touched}${query}`, value++, 1);
			return once(prepared, list(query));
		},
	});
	await compared(bench, [
		{ name: `${what} on main, after a commit`, turn: afterCommit("") },
		{
			name: `${what} on a branch, after a commit`,
			turn: afterCommit("?branch=list"),
			atMost: 2,
		},
	]);
	let made = 0;
	const first = (isOfMain: boolean): Turn => ({
		server: prepared.server,
		job: async () => {
			const name = `first_${made++}`;
			await create(prepared, name);
			return once(prepared, list(isOfMain ? "" : `?branch=${name}`));
		},
	});
	await compared(bench, [
		{ name: `${what} on main, nothing kept`, turn: first(true) },
		{
			name: `${what} on a new branch, nothing kept`,
			turn: first(false),
			atMost: 2,
		},
	]);
}

/** A case beside the first of its list. */
interface Compared {
	readonly name: string;
	readonly turn: Turn;
	readonly atMost?: number;
}

async function compared(
	bench: Bench,
	cases: readonly Compared[],
): Promise<void> {
	const samples = await inTurns(
		bench,
		cases.map(({ turn }) => turn),
	);
	const base = samples[0] ?? [];
	for (const [index, { name, atMost }] of cases.entries()) {
		const own = samples[index] ?? [];
		const ratio = ratioOf(p50sOf(own), p50sOf(base));
		bench.report({
			name,
			sample: medianSample(own),
			limit: { name: "p50 of the first of these", ratio },
			targets: atMost === undefined ? [] : targetsOf(own, base, atMost),
		});
	}
}

function targetsOf(
	own: readonly Sample[],
	base: readonly Sample[],
	atMost: number,
): Target[] {
	const value = ratioOf(p50sOf(own), p50sOf(base)).median;
	const p50: Target = { what: "p50 of the first", value, atMost };
	// Of a single request no CPU time can be told.
	if (own.some(({ cpuMicros }) => cpuMicros % 10_000 === 0)) return [p50];
	const cpu = ratioOf(
		own.map((sample) => sample.cpuMicros),
		base.map((sample) => sample.cpuMicros),
	);
	return [p50, { what: "CPU of the first", value: cpu.median, atMost }];
}

function repeated(bench: Bench, { server }: Prepared, path: string): Turn {
	const job: Job = {
		kind: "repeat",
		port: server.port,
		clients: CLIENTS,
		milliseconds: bench.sizes.milliseconds,
		requests: [requestText("GET", path)],
		status: 200,
	};
	return { server, job: () => job };
}

function once({ server }: Prepared, path: string): Job {
	const requests = [requestText("GET", path)];
	return { kind: "each", port: server.port, clients: 1, requests, status: 200 };
}

export async function create(
	{ connection }: Prepared,
	name: string,
	from?: string,
): Promise<void> {
	const reply = await exchange(connection, creationText(name, from));
	if (reply.status !== 201)
		throw new Error(`branch ${name}: ${reply.status} ${reply.body}`);
}

/** So many commits of one table; its metadata stays as long as it is. */
export async function commitProperties(
	bench: Bench,
	prepared: Prepared,
	path: string,
	from: number,
	commits: number,
	key = "touched",
): Promise<void> {
	const bodies = Array.from({ length: commits }, (_, i) =>
		JSON.stringify({
			requirements: [],
			updates: [
				{
					action: "set-properties",
					updates: {
						[key]: String(key === "touched" ? 1_000_000 + from + i : 1),
					},
				},
			],
		}),
	);
	if (commits === 1) {
		await requestBody(prepared.connection, "POST", path, bodies[0]);
		return;
	}
	await bench.load.ask({
		kind: "each",
		port: prepared.server.port,
		clients: 16,
		requests: bodies.map((body) => requestText("POST", path, body)),
		status: 200,
	});
}
