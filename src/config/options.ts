import {
	byteSize,
	flag,
	integer,
	type Kind,
	list,
	oneOf,
	text,
} from "./kinds.ts";

/**
 * One option, declared once: its type, the parsing of its environment variable
 * and of its flag, `--help`, the reference page and `.env.example` derive from here.
 */
export interface Option<Value> {
	/** Name of the environment variable. */
	readonly env: string;
	readonly kind: Kind<Value>;
	readonly default: Value;
	/** Where the default is not a constant: what it is. */
	readonly defaultNote?: string;
	/** One or two sentences for people who operate a server. */
	readonly doc: string;
	/** May hold a password: never printed, and no flag (command lines are public). */
	readonly secret?: boolean;
	readonly group: Group;
}

/** In the order of help and reference. */
export const GROUPS = [
	"Where",
	"Storage",
	"Logs and metrics",
	"Limits",
	"Requests",
] as const;
export type Group = (typeof GROUPS)[number];

const DAY_SECS = 24 * 60 * 60;

function option<Value>(
	group: Group,
	env: string,
	kind: Kind<Value>,
	value: NoInfer<Value>,
	doc: string,
	more: { secret?: boolean; defaultNote?: string } = {},
): Option<Value> {
	return { group, env, kind, default: value, doc, ...more };
}

export const OPTIONS = {
	port: option(
		"Where",
		"PORT",
		integer(0, 65_535),
		8080,
		"The port to listen on; 0 takes a free one.",
	),
	bindAddress: option(
		"Where",
		"PANGOLIN_BIND_ADDRESS",
		text,
		"127.0.0.1",
		"The address to listen on.",
	),
	noAuth: option(
		"Where",
		"PANGOLIN_NO_AUTH",
		flag,
		false,
		"Serve without authentication: everybody may do everything, so only a loopback address is accepted. `npm start` sets it.",
	),
	dataDir: option(
		"Storage",
		"PANGOLIN_DATA_DIR",
		text,
		"./pangolin-data",
		"The folder of the default database and of the default local warehouse; made when missing.",
	),
	databaseUrl: option(
		"Storage",
		"DATABASE_URL",
		text,
		"",
		"The store: `sqlite:///absolute/path.db`, `sqlite://relative.db`, `postgres://user:password@host:port/database`, `mongodb://user:password@host:port/database`, `mongodb+srv://…`, `sqlite::memory:` or `memory:`.",
		{ secret: true, defaultNote: "`pangolin.db` in `PANGOLIN_DATA_DIR`" },
	),
	databaseMaxConnections: option(
		"Storage",
		"DATABASE_MAX_CONNECTIONS",
		integer(3, 100),
		5,
		"Connections of this process at most. Of SQLite's one writes, one serves short reads, the others long ones; PostgreSQL's and MongoDB's do what comes.",
	),
	databasePasswordFile: option(
		"Storage",
		"PANGOLIN_DATABASE_PASSWORD_FILE",
		text,
		"",
		"A file with PostgreSQL's password, instead of one in `DATABASE_URL`; read whenever a connection is made, so that it can be exchanged.",
		{ defaultNote: "none" },
	),
	databaseStatementTimeoutSecs: option(
		"Storage",
		"PANGOLIN_DATABASE_STATEMENT_TIMEOUT_SECS",
		integer(1, 600),
		10,
		"How long PostgreSQL may work on one statement, and a third of it wait for a lock, before it gives up; keep it below the limits of your clients.",
	),
	mongoDatabase: option(
		"Storage",
		"MONGO_DB_NAME",
		text,
		"",
		"The MongoDB database, where `DATABASE_URL` names none or another one.",
		{ defaultNote: "the one in `DATABASE_URL`, else `test`" },
	),
	localRoots: option(
		"Storage",
		"PANGOLIN_LOCAL_ROOTS",
		list,
		[],
		"Further folders in which the default local warehouse accepts locations.",
	),
	metadataCacheBytes: option(
		"Storage",
		"PANGOLIN_METADATA_CACHE_BYTES",
		byteSize,
		64 * 2 ** 20,
		"Memory for table and view metadata that was read; 0 reads the file every time.",
	),
	cleanIntervalSecs: option(
		"Storage",
		"PANGOLIN_CLEAN_INTERVAL_SECS",
		integer(0, 365 * DAY_SECS),
		60 * 60,
		"How often each catalog is cleaned: history and finished merges beyond its retention are forgotten, and files that nothing reaches any more are deleted; 0 never does.",
	),
	logFormat: option(
		"Logs and metrics",
		"LOG_FORMAT",
		oneOf("auto", "pretty", "json"),
		"auto",
		"`json` writes one object per line and nothing else; `auto` is `pretty` on a terminal, elsewhere JSON after the first lines.",
	),
	logLevel: option(
		"Logs and metrics",
		"PANGOLIN_LOG_LEVEL",
		oneOf("silent", "error", "warn", "info", "debug"),
		"info",
		"The least severe level that is logged; requests are logged at `debug` when they went well.",
	),
	metricsEnabled: option(
		"Logs and metrics",
		"PANGOLIN_METRICS_ENABLED",
		flag,
		true,
		"Serve Prometheus metrics at `/metrics`.",
	),
	maxConnections: option(
		"Limits",
		"PANGOLIN_MAX_CONNECTIONS",
		integer(1, 100_000),
		8192,
		"Connections at once; further ones are closed at once.",
	),
	maxConcurrentRequests: option(
		"Limits",
		"PANGOLIN_MAX_CONCURRENT_REQUESTS",
		integer(1, 100_000),
		1024,
		"Requests in work at once; further ones are answered 429 with `Retry-After`.",
	),
	writeQueueLimit: option(
		"Limits",
		"PANGOLIN_WRITE_QUEUE_LIMIT",
		integer(1, 1_000_000),
		1024,
		"Writes that may wait for the database; further ones are answered 429 with `Retry-After`.",
	),
	requestTimeoutSecs: option(
		"Requests",
		"PANGOLIN_REQUEST_TIMEOUT_SECS",
		integer(1, 3600),
		30,
		"How long a client may take to send a request.",
	),
	shutdownGraceSecs: option(
		"Requests",
		"PANGOLIN_SHUTDOWN_GRACE_SECS",
		integer(0, 3600),
		20,
		"How long a stop waits for the requests in work before it gives up and exits with 1.",
	),
	idempotencyLifetimeSecs: option(
		"Requests",
		"PANGOLIN_IDEMPOTENCY_LIFETIME_SECS",
		integer(60, 30 * DAY_SECS),
		1800,
		"How long the answer to a request with an `Idempotency-Key` is kept.",
	),
} as const;

export type OptionName = keyof typeof OPTIONS;

/** All options with their values. */
export type Config = {
	readonly [Name in OptionName]: (typeof OPTIONS)[Name] extends Option<
		infer Value
	>
		? Value
		: never;
};

/** Every option by name, in the order of the declaration, its value's type set aside. */
export const OPTION_LIST: readonly (readonly [OptionName, Option<unknown>])[] =
	Object.entries(OPTIONS) as [OptionName, Option<unknown>][];

/** The flag of an option: `bindAddress` is `--bind-address`. */
export function flagName(name: OptionName): string {
	return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
