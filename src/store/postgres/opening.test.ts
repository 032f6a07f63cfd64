import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { addressOf, newDatabase } from "../../../test/support/emptyPostgres.ts";
import { temporaryFolder } from "../../../test/support/folders.ts";
import type { Cluster } from "../../../test/support/postgres.ts";
import {
	asAdmin,
	freePort,
	sharedCluster,
	startCluster,
} from "../../../test/support/postgres.ts";
import {
	TEST_CERTIFICATE,
	TEST_KEY,
} from "../../../test/support/testCertificate.ts";
import { until } from "../../../test/support/until.ts";
import { PangolinError } from "../../model/errors.ts";
import { newWorld } from "../conformance/world.ts";
import type { PostgresAddress } from "./database.ts";
import { openDatabase } from "./database.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";
import type { Migration } from "./migrations/migration.ts";
import { openPostgresStore } from "./postgresStore.ts";
import { serverProblem } from "./usable.ts";

let made = 0;
const LIMITS = {
	maxConnections: 2,
	statementMillis: 10_000,
	lockMillis: 3000,
	connectMillis: 3000,
};

async function emptyDatabase(options = ""): Promise<PostgresAddress> {
	const { port } = await sharedCluster();
	const name = `opening_${process.pid}_${++made}`;
	await asAdmin(port, `CREATE DATABASE ${name} ${options}`);
	return addressOf(port, name);
}

async function run(address: PostgresAddress, sql: string) {
	return await asAdmin(address.port, sql, address.database);
}

async function refusalOf(address: PostgresAddress): Promise<string> {
	try {
		const store = await openPostgresStore({ address });
		await store.close();
	} catch (error) {
		assert.ok(error instanceof PangolinError && error.code === "unavailable");
		assert.ok(!error.message.includes("\n"), error.message);
		return error.message;
	}
	return "none";
}

async function works(address: PostgresAddress): Promise<void> {
	const store = await openPostgresStore({ address });
	const fresh = (prefix: string) => `${prefix}-${++made}`;
	const openEmpty = async () => {
		throw new Error("not here");
	};
	await newWorld(store, { fresh, openEmpty });
	await store.close();
}

/** Migrates a database to steps of the test's own. */
async function migrateTo(
	address: PostgresAddress,
	steps: readonly Migration[],
): Promise<void> {
	const db = openDatabase(address, LIMITS);
	try {
		await migrate(db, steps);
	} finally {
		await db.close();
	}
}

const step = (version: number, sql: string): Migration => ({
	version,
	name: `step ${version}`,
	sql,
});

/** The version of a step that no Pangolin has yet. */
const NEXT = MIGRATIONS.length + 1;

describe("PostgreSQL's schema", () => {
	it("is made once by servers that start together", async () => {
		const address = await emptyDatabase();
		const stores = await Promise.all(
			[1, 2, 3].map(() => openPostgresStore({ address })),
		);
		await Promise.all(stores.map((store) => store.close()));
		const rows = await run(address, "SELECT FROM pangolin.schema_migrations");
		assert.equal(rows.length, MIGRATIONS.length);
		await works(address);
	});

	it("is made where backslashes in texts are escapes", async () => {
		const address = await emptyDatabase();
		const { database } = address;
		const setting = "standard_conforming_strings = off";
		await run(address, `ALTER DATABASE ${database} SET ${setting}`);
		await works(address);
	});

	it("goes on where a step failed, of which nothing is left", async () => {
		const address = await emptyDatabase();
		const bad = step(NEXT, "CREATE TABLE half (); SELECT 1 / 0");
		await assert.rejects(migrateTo(address, [...MIGRATIONS, bad]), /zero/);
		const half = "SELECT FROM pg_tables WHERE tablename = 'half'";
		assert.equal((await run(address, half)).length, 0);
		await works(address);
		await migrateTo(address, [
			...MIGRATIONS,
			step(NEXT, "CREATE TABLE half ()"),
		]);
		assert.equal((await run(address, half)).length, 1);
	});

	it("is whole after the server was killed in a step", async () => {
		const address = await emptyDatabase();
		const long = step(1, `${MIGRATIONS[0]?.sql} SELECT pg_sleep(600)`);
		const interrupted = assert.rejects(migrateTo(address, [long]));
		const sleeping = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = 'PgSleep'`;
		await until(
			"a step",
			async () => (await run(address, sleeping)).length > 0,
		);
		await interrupted;
		await works(address);
	});

	it("is refused when it is newer, or another", async () => {
		const newer = await emptyDatabase();
		await migrateTo(newer, [...MIGRATIONS, step(NEXT, "CREATE TABLE n ()")]);
		assert.match(
			await refusalOf(newer),
			new RegExp(
				`version ${NEXT}, this Pangolin knows ${NEXT - 1}; use a newer`,
			),
		);
		const other = await emptyDatabase();
		await migrateTo(other, [step(1, "CREATE TABLE o ()")]);
		assert.match(await refusalOf(other), /step 1 is not the one/);
	});
});

describe("PostgreSQL is refused in one line", () => {
	it("when nothing listens there", async () => {
		const address = { ...(await emptyDatabase()), port: await freePort() };
		assert.match(await refusalOf(address), /cannot be reached: no PostgreSQL/);
		const host = join("/tmp", "no-such-folder");
		assert.match(await refusalOf({ ...address, host }), /cannot be reached/);
		const unknown = { ...address, host: "no-such-host.invalid" };
		assert.match(await refusalOf(unknown), /host name is not known/);
	});

	it("when the database is missing", async () => {
		const address = { ...(await emptyDatabase()), database: "missing" };
		assert.match(await refusalOf(address), /does not exist.*CREATE DATABASE/);
	});

	it("when it would lose what it confirmed", async () => {
		const address = await emptyDatabase();
		const { database } = address;
		await run(
			address,
			`ALTER DATABASE ${database} SET synchronous_commit = off`,
		);
		assert.match(await refusalOf(address), /synchronous_commit is off/);
	});

	it("when its encoding cannot hold every name", async () => {
		const { port } = await sharedCluster();
		const [row] = await asAdmin(port, "SHOW server_version_num");
		// PostgreSQL 14 knows no other one.
		const isOld = Number(row?.server_version_num) < 150_000;
		const provider = isOld ? "" : "LOCALE_PROVIDER libc";
		const options = `TEMPLATE template0 ENCODING 'LATIN1' ${provider} LOCALE 'C'`;
		assert.match(await refusalOf(await emptyDatabase(options)), /LATIN1.*UTF8/);
	});

	it("when the user may not make the schema", async () => {
		const address = await emptyDatabase();
		await run(address, `CREATE ROLE poor_${process.pid} LOGIN`);
		const poor = { ...address, user: `poor_${process.pid}` };
		assert.match(await refusalOf(poor), /lacks a privilege.*create a schema/);
	});

	it("when it is too old or a replica", () => {
		const good = [150_002, "15.2", "UTF8", "on", "false"] as const;
		assert.equal(serverProblem(good), undefined);
		assert.match(
			serverProblem([130_010, "13.10", "UTF8", "on", "false"]) ?? "",
			/version 13.10, Pangolin needs 14/,
		);
		assert.match(
			serverProblem([150_002, "15.2", "UTF8", "on", "true"]) ?? "",
			/replica/,
		);
	});
});

describe("PostgreSQL asks for a password", () => {
	let cluster: Cluster;
	before(async () => {
		cluster = await startCluster({}, { "pg_hba.conf": PASSWORDS });
		const role = "CREATE ROLE catalog LOGIN PASSWORD 'right' CREATEDB";
		await asAdmin(cluster.port, role);
		await asAdmin(cluster.port, "CREATE DATABASE catalog OWNER catalog");
	});
	after(() => cluster.stop("fast"));
	const address = () => ({
		...addressOf(cluster.port, "catalog"),
		user: "catalog",
	});

	it("and refuses a wrong one", async () => {
		assert.match(
			await refusalOf({ ...address(), password: "wrong" }),
			/refused the user or the password/,
		);
		await works({ ...address(), password: "right" });
	});

	it("that comes from a file, and may change there", async (test: TestContext) => {
		const passwordFile = join(temporaryFolder(test), "password");
		writeFileSync(passwordFile, "wrong\n");
		assert.match(await refusalOf({ ...address(), passwordFile }), /refused/);
		writeFileSync(passwordFile, "right\n");
		chmodSync(passwordFile, 0o600);
		await works({ ...address(), passwordFile });
		rmSync(passwordFile);
		assert.match(
			await refusalOf({ ...address(), passwordFile }),
			/no such file/,
		);
	});

	it("and has no TLS where it is asked for", async () => {
		const encrypted = {
			...address(),
			password: "right",
			sslMode: "require",
		} as const;
		assert.match(await refusalOf(encrypted), /SSL/);
	});
});

/** Of everybody but the administrator. */
const PASSWORDS = `host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
`;

describe("PostgreSQL with TLS", () => {
	let cluster: Cluster;
	before(async () => {
		const files = {
			"pg_hba.conf": `host postgres all 127.0.0.1/32 trust
hostssl encrypted all 127.0.0.1/32 trust
`,
			"server.crt": TEST_CERTIFICATE,
			"server.key": TEST_KEY,
		};
		cluster = await startCluster({ ssl: "on" }, files);
		await asAdmin(cluster.port, "CREATE DATABASE encrypted");
	});
	after(() => cluster.stop("fast"));
	const address = (fields: Partial<PostgresAddress>) => ({
		...addressOf(cluster.port, "encrypted"),
		...fields,
	});
	const rootFile = (test: TestContext) => {
		const path = join(temporaryFolder(test), "ca.pem");
		writeFileSync(path, TEST_CERTIFICATE);
		return path;
	};

	it("is not used unless asked for", async () => {
		assert.match(await refusalOf(address({})), /no encryption/);
	});

	it("knows nobody with `require`", async () => {
		await works(address({ sslMode: "require" }));
	});

	it("knows the authority with `verify-ca`", async (test) => {
		const sslMode = "verify-ca";
		await works(address({ sslMode, sslRootCert: rootFile(test) }));
		assert.match(await refusalOf(address({ sslMode })), /certificate/);
		const sslRootCert = "/no/such/file";
		assert.match(
			await refusalOf(address({ sslMode, sslRootCert })),
			/no\/such/,
		);
	});

	it("knows the host as well with `verify-full`", async (test) => {
		const sslMode = "verify-full";
		const sslRootCert = rootFile(test);
		await works(address({ sslMode, sslRootCert, host: "localhost" }));
		const other = address({ sslMode, sslRootCert, host: "127.0.0.1" });
		assert.match(await refusalOf(other), /127\.0\.0\.1.*cert/);
	});
});

describe("a store's database", () => {
	it("may sort text in another way", async () => {
		const { port } = await sharedCluster();
		const address = addressOf(port, await newDatabase(port));
		const [row] = await run(address, "SELECT 'a' < 'B' AS is_not_by_bytes");
		assert.equal(row?.is_not_by_bytes, true);
		const columns = await run(
			address,
			`SELECT c.relname, a.attname FROM pg_attribute a
			JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation o ON o.oid = a.attcollation
			WHERE c.relnamespace = 'pangolin'::regnamespace AND c.relkind = 'r'
			AND c.relname <> 'schema_migrations' AND o.collname <> 'C'`,
		);
		assert.deepEqual(columns, []);
	});
});
