import { type ServerProcess, startServer } from "../../support/server.ts";
import { errorLines } from "../serverLog.ts";
import { send } from "./tableClient.ts";

export interface MortalServerOptions {
	readonly dataDir: string;
	/** Acknowledged commits to reach. */
	readonly commits: number;
	readonly kills: number;
	/** What runs instead of the server, for planted bugs. */
	readonly command?: readonly string[] | undefined;
}

/** A server that dies (SIGKILL) after about `commits / kills` acknowledgements, and comes back. */
export interface MortalServer {
	/** The URL of the catalog's namespaces; waits while there is no server. */
	namespacesUrl(): Promise<string>;
	acknowledged(): void;
	/** All commits are acknowledged and all kills are done. */
	readonly finished: boolean;
	kills(): number;
	/** What the servers that ended logged as errors. */
	errors(): readonly string[];
	killAndRestart(): Promise<void>;
	stop(): Promise<void>;
}

const NOTHING_HAPPENED_MILLIS = 60_000;
/** At most so long after the acknowledgement that decided on it, so that every step of a commit is met. */
const KILL_SPREAD_MILLIS = 8;

interface Life {
	readonly server: ServerProcess;
	readonly namespacesUrl: string;
}

export async function startMortalServer(
	options: MortalServerOptions,
	random: () => number,
): Promise<MortalServer> {
	let current = begin(options);
	let life = await current;
	let acknowledged = 0;
	let killed = 0;
	const errors: string[] = [];
	let lastProgress = performance.now();
	const interval = () =>
		Math.ceil((options.commits / options.kills) * (0.5 + random()));
	let nextKillAt = interval();

	async function killAndRestart(): Promise<void> {
		killed++;
		nextKillAt = Number.POSITIVE_INFINITY;
		const { server } = life;
		// Who comes now must wait; who came before is cut off.
		current = server.stop("SIGKILL").then(() => {
			errors.push(...errorLines(server.output()));
			return begin(options);
		});
		life = await current;
		nextKillAt = acknowledged + interval();
	}

	function killSoon(): void {
		nextKillAt = Number.POSITIVE_INFINITY;
		setTimeout(() => {
			// A failed start is met by everybody who waits for the URL.
			killAndRestart().catch(() => {});
		}, random() * KILL_SPREAD_MILLIS);
	}

	return {
		namespacesUrl: async () => {
			if (performance.now() - lastProgress > NOTHING_HAPPENED_MILLIS)
				throw new Error(
					`nothing was acknowledged for a minute:\n${life.server.output()}`,
				);
			return (await current).namespacesUrl;
		},
		acknowledged: () => {
			acknowledged++;
			lastProgress = performance.now();
			if (acknowledged >= nextKillAt && killed < options.kills) killSoon();
		},
		get finished() {
			return acknowledged >= options.commits && killed >= options.kills;
		},
		kills: () => killed,
		errors: () => errors,
		killAndRestart,
		stop: async () => {
			await (await current).server.stop("SIGKILL");
		},
	};
}

async function begin(options: MortalServerOptions): Promise<Life> {
	const server = await startServer(options.dataDir, {
		...(options.command === undefined ? {} : { command: options.command }),
		env: { LOG_FORMAT: "json" },
	});
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
