import manifest from "../../package.json" with { type: "json" };
import type { App } from "../app.ts";
import { type Config, GROUPS } from "../config/options.ts";
import { type Command, EXIT, type Output } from "./command.ts";
import { requireFreePort } from "./freePort.ts";

export const serve: Command = {
	name: "serve",
	summary: "Start the server",
	usage: "[FLAGS]",
	description:
		"Serves the catalog until SIGTERM or SIGINT; then requests in work finish and it exits with 0.",
	flags: [],
	configGroups: GROUPS,
	run: async ({ config: readConfig, terminal }) => {
		const config = readConfig();
		const stopSignal = firstStopSignal();
		await requireFreePort(config.port, config.bindAddress);
		const { createApp } = await import("../app.ts");
		const app = await createApp(config, { logOutput: process.stdout });
		const { url } = await listenOrClose(app);
		announce(app, config, url, terminal.out);
		const reason = await Promise.race([stopSignal, app.failure]);
		if (reason instanceof Error) {
			terminal.err.write(`pangolin: ${reason.message}\n`);
			// A store that failed may fail to close too; what matters was said.
			await closeWithin(app, FATAL_GRACE_SECS).catch(() => "cut");
			return EXIT.fatalIo;
		}
		return await stopWithinGrace(app, config, terminal.err);
	},
};

/** Resolves at the first signal; a second one ends the process at once, as impatient people expect. */
function firstStopSignal(): Promise<NodeJS.Signals> {
	return new Promise((resolve) => {
		const stop = (signal: NodeJS.Signals) => {
			for (const each of STOP_SIGNALS) {
				process.removeListener(each, stop);
				process.once(each, () => process.exit(EXIT.failure));
			}
			resolve(signal);
		};
		for (const each of STOP_SIGNALS) process.on(each, stop);
	});
}

/** For closing connections and files once the requests are done. */
const EXTRA_GRACE_SECS = 5;

/** For telling those who wait that the outcome of their commit is unknown. */
const FATAL_GRACE_SECS = 2;

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

async function listenOrClose(app: App): Promise<{ url: string }> {
	try {
		return await app.listen();
	} catch (error) {
		await app.close();
		throw error;
	}
}

/** For people, unless whoever reads this wants JSON and nothing else. */
function announce(app: App, config: Config, url: string, out: Output): void {
	if (config.logFormat === "json") {
		app.observe({
			kind: "notice",
			level: "info",
			message: `Pangolin ${manifest.version} serves at ${url}; store: ${app.store}; warehouse: ${app.warehouse}`,
		});
		return;
	}
	out.write(`
Pangolin ${manifest.version} serves at ${url}

  store      ${app.store}
  warehouse  ${app.warehouse}
  access     no authentication, this machine only

  from pyiceberg.catalog import load_catalog
  catalog = load_catalog("pangolin", uri="${url}", warehouse="default")

Ctrl-C stops it.
`);
}

/** The app's own grace is for requests; this one also bounds what comes after them. */
async function stopWithinGrace(
	app: App,
	config: Config,
	err: Output,
): Promise<number> {
	const { shutdownGraceSecs } = config;
	const closed = await closeWithin(app, shutdownGraceSecs + EXTRA_GRACE_SECS);
	if (closed === "clean") return EXIT.ok;
	err.write(
		`pangolin: requests were still in work after ${shutdownGraceSecs} seconds (PANGOLIN_SHUTDOWN_GRACE_SECS)\n`,
	);
	return EXIT.failure;
}

async function closeWithin(
	app: App,
	seconds: number,
): Promise<"clean" | "cut"> {
	const late = Promise.withResolvers<"cut">();
	const timer = setTimeout(() => late.resolve("cut"), seconds * 1000);
	try {
		return await Promise.race([app.close(), late.promise]);
	} finally {
		clearTimeout(timer);
	}
}
