import type { Store } from "../../../src/store/contract.ts";
import { openSqliteStore } from "../../../src/store/sqlite/sqliteStore.ts";
import { type ServerProcess, startServer } from "../../support/server.ts";
import { errorLines } from "../serverLog.ts";
import { send } from "./tableClient.ts";

/** What the servers run on, and how one is started; everything that is killed starts again there. */
export interface Site {
	/** So many at once, all alike. */
	readonly servers: number;
	startServer(): Promise<ServerProcess>;
	/**
	 * What happens in place of the kill of a server, that they must outlive; resolves
	 * when it is over. Meanwhile they may answer 503, and 500 of an unknown outcome.
	 */
	readonly disturb?: () => Promise<void>;
	/** The store itself, when all servers have ended. */
	openStore(): Promise<Store>;
}

/** One server on a SQLite file. @param command what runs instead of it, for planted bugs */
export function sqliteSite(dataDir: string, command?: readonly string[]): Site {
	return {
		servers: 1,
		startServer: () => startServer(dataDir, processOptions(command)),
		openStore: () => openSqliteStore({ path: `${dataDir}/pangolin.db` }),
	};
}

export function processOptions(
	command: readonly string[] | undefined,
	env: Readonly<Record<string, string>> = {},
) {
	return {
		...(command === undefined ? {} : { command }),
		env: { LOG_FORMAT: "json", ...env },
	};
}

export interface MortalityOptions {
	readonly site: Site;
	/** Acknowledged commits to reach. */
	readonly commits: number;
	readonly kills: number;
}

/** Servers of which one dies (SIGKILL) after about `commits / kills` acknowledgements, and comes back. */
export interface MortalServers {
	/** The URL of the catalog's namespaces at one of the servers that run; waits while there is none. */
	namespacesUrl(): Promise<string>;
	acknowledged(): void;
	/** All commits are acknowledged and all kills are done. */
	readonly finished: boolean;
	kills(): number;
	/** What the servers that ended logged as errors. */
	errors(): readonly string[];
	killAndRestartAll(): Promise<void>;
	stop(): Promise<void>;
}

const NOTHING_HAPPENED_MILLIS = 60_000;
/** At most so long after the acknowledgement that decided on it, so that every step of a commit is met. */
const KILL_SPREAD_MILLIS = 8;

interface Life {
	readonly server: ServerProcess;
	readonly namespacesUrl: string;
}

/** A server, one life after another. */
interface Place {
	/** The present life; while there is none, the next one. */
	current(): Promise<Life>;
	readonly isUp: boolean;
	/** What it printed in its present life. */
	output(): string;
	/** @returns what the life that ended logged as errors, when the next one has begun */
	killAndRestart(): Promise<readonly string[]>;
}

async function openPlace(site: Site): Promise<Place> {
	let current = begin(site);
	let life = await current;
	let isUp = true;
	return {
		current: () => current,
		get isUp() {
			return isUp;
		},
		output: () => life.server.output(),
		killAndRestart: async () => {
			isUp = false;
			const { server } = life;
			// Who comes now goes elsewhere or waits; who came before is cut off.
			current = server.stop("SIGKILL").then(() => begin(site));
			life = await current;
			isUp = true;
			return site.disturb === undefined ? errorLines(server.output()) : [];
		},
	};
}

export async function startMortalServers(
	options: MortalityOptions,
	random: () => number,
): Promise<MortalServers> {
	const { site } = options;
	// All at once, so that they meet on an empty store.
	const places = await Promise.all(
		Array.from({ length: site.servers }, () => openPlace(site)),
	);
	let acknowledged = 0;
	let killed = 0;
	const errors: string[] = [];
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => {});
	let lastProgress = performance.now();
	const interval = () =>
		Math.ceil((options.commits / options.kills) * (0.5 + random()));
	let nextKillAt = interval();

	const isFinished = () =>
		acknowledged >= options.commits && killed >= options.kills;

	async function killAndRestart(place: Place): Promise<void> {
		errors.push(...(await place.killAndRestart()));
	}

	function killSoon(): void {
		nextKillAt = Number.POSITIVE_INFINITY;
		setTimeout(async () => {
			try {
				await (site.disturb?.() ?? killAndRestart(oneOf(places, random)));
				killed++;
				nextKillAt = acknowledged + interval();
			} catch (error) {
				failure.reject(error);
			}
		}, random() * KILL_SPREAD_MILLIS);
	}

	return {
		namespacesUrl: async () => {
			// When all is done it is read, as long as that takes.
			if (!isFinished()) requireProgress(lastProgress, places);
			const up = places.filter(({ isUp }) => isUp);
			const place = oneOf(up.length > 0 ? up : places, random);
			// The failure first: of two that are settled the first one counts.
			const life = await Promise.race([failure.promise, place.current()]);
			return life.namespacesUrl;
		},
		acknowledged: () => {
			acknowledged++;
			lastProgress = performance.now();
			if (acknowledged >= nextKillAt && killed < options.kills) killSoon();
		},
		get finished() {
			return isFinished();
		},
		kills: () => killed,
		errors: () => errors,
		killAndRestartAll: async () => {
			await Promise.all(places.map(killAndRestart));
		},
		stop: async () => {
			for (const place of places)
				await (await place.current()).server.stop("SIGKILL");
		},
	};
}

function requireProgress(since: number, places: readonly Place[]): void {
	if (performance.now() - since <= NOTHING_HAPPENED_MILLIS) return;
	const output = places.map((place) => place.output()).join("\n");
	throw new Error(`nothing was acknowledged for a minute:\n${output}`);
}

function oneOf(places: readonly Place[], random: () => number): Place {
	const place = places[Math.floor(random() * places.length)];
	if (place === undefined) throw new Error("there are no servers");
	return place;
}

async function begin(site: Site): Promise<Life> {
	const server = await site.startServer();
	const reply = await send(`${server.url}/v1/config?warehouse=default`, "GET");
	if (reply.kind !== "answer" || reply.status !== 200)
		throw new Error(`no configuration: ${JSON.stringify(reply)}`);
	return {
		server,
		namespacesUrl: `${server.url}/v1/${prefixOf(reply.body)}/namespaces`,
	};
}

interface ConfigAnswer {
	readonly defaults: { readonly prefix?: string };
	readonly overrides: { readonly prefix?: string };
}

function prefixOf(body: unknown): string {
	if (typeof body !== "object" || body === null || !("overrides" in body))
		throw new Error(`not a configuration: ${JSON.stringify(body)}`);
	const { defaults, overrides } = body as ConfigAnswer;
	return overrides.prefix ?? defaults.prefix ?? "";
}
