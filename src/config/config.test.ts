import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { checkConfig } from "./checkConfig.ts";
import { storeAddress } from "./databaseUrl.ts";
import {
	configurationPage,
	environmentExample,
	optionsHelp,
} from "./describe.ts";
import { isLoopback } from "./loopback.ts";
import { OPTION_LIST } from "./options.ts";
import { ConfigError, completeConfig, readConfig } from "./readConfig.ts";

function mistakesOf(run: () => unknown): readonly string[] {
	try {
		run();
	} catch (error) {
		if (error instanceof ConfigError) return error.mistakes;
		throw error;
	}
	return [];
}

describe("readConfig", () => {
	it("gives the defaults", () => {
		const { config, warnings } = readConfig({ env: {} });
		assert.deepEqual(warnings, []);
		assert.equal(config.port, 8080);
		assert.equal(config.bindAddress, "127.0.0.1");
		assert.equal(config.noAuth, false);
		assert.deepEqual(config, completeConfig({}));
	});

	it("reads each type, trims, and takes an empty variable as unset", () => {
		const { config } = readConfig({
			env: {
				PORT: " 0 ",
				PANGOLIN_NO_AUTH: "1",
				PANGOLIN_LOCAL_ROOTS: "/a, file:/b,,",
				PANGOLIN_METADATA_CACHE_BYTES: "16MiB",
				LOG_FORMAT: "JSON",
				PANGOLIN_DATA_DIR: "",
			},
		});
		assert.equal(config.port, 0);
		assert.equal(config.noAuth, true);
		assert.deepEqual(config.localRoots, ["/a", "file:/b"]);
		assert.equal(config.metadataCacheBytes, 16 * 2 ** 20);
		assert.equal(config.logFormat, "json");
		assert.equal(config.dataDir, "./pangolin-data");
	});

	it("lets a flag win over the environment", () => {
		const { config } = readConfig({
			env: { PORT: "1" },
			flags: new Map([["port", "2"]]),
		});
		assert.equal(config.port, 2);
	});

	it("reports all mistakes at once, naming each source", () => {
		const mistakes = mistakesOf(() =>
			readConfig({
				env: {
					PORT: "http",
					PANGOLIN_NO_AUTH: "maybe",
					PANGOLIN_METADATA_CACHE_BYTES: "1.5GiB",
				},
				flags: new Map([["logFormat", "xml"]]),
			}),
		);
		assert.equal(mistakes.length, 4);
		assert.deepEqual(mistakes.map((mistake) => mistake.split(" ")[0]).sort(), [
			"--log-format",
			"PANGOLIN_METADATA_CACHE_BYTES",
			"PANGOLIN_NO_AUTH",
			"PORT",
		]);
	});

	it("refuses numbers that only look like numbers", () => {
		for (const PORT of [
			"-1",
			"65536",
			"1e3",
			"0x10",
			"8080.0",
			"8 080",
			"٣",
			"99999999999999999999",
		]) {
			assert.equal(
				mistakesOf(() => readConfig({ env: { PORT } })).length,
				1,
				PORT,
			);
		}
	});

	it("never shows the value of a secret", () => {
		for (const url of [
			"postgres://u:hunter2@h/",
			"postgres://u:hunter2@h/db?sslmode=prefer",
			"postgres://u:hunter2%@h/db",
			"mongodb:///u:hunter2@h/db",
			"mysql://u:hunter2@h/db",
		]) {
			const mistakes = mistakesOf(() =>
				readConfig({ env: { DATABASE_URL: url } }),
			);
			assert.equal(mistakes.length, 1, url);
			assert.ok(!mistakes.join().includes("hunter2"), url);
		}
	});

	it("warns of unknown names, but not of those that Kubernetes injects", () => {
		const { warnings } = readConfig({
			env: {
				PANGOLIN_PROT: "1",
				PANGOLIN_SERVICE_HOST: "10.0.0.1",
				PANGOLIN_SERVICE_PORT: "8080",
				PANGOLIN_SERVICE_PORT_HTTP: "8080",
				PANGOLIN_PORT: "tcp://10.0.0.1:8080",
				PANGOLIN_PORT_8080_TCP: "tcp://10.0.0.1:8080",
				PANGOLIN_PORT_8080_TCP_PROTO: "tcp",
				PANGOLIN_PORT_8080_TCP_PORT: "8080",
				PANGOLIN_PORT_8080_TCP_ADDR: "10.0.0.1",
				PANGOLIN_UI_SERVICE_HOST: "10.0.0.2",
				UNRELATED: "x",
			},
		});
		assert.equal(warnings.length, 1);
		assert.match(warnings[0] ?? "", /^PANGOLIN_PROT /);
	});
});

describe("completeConfig", () => {
	it("refuses a misspelt option", () => {
		const misspelt = JSON.parse('{"databaseURL": "memory:"}');
		assert.equal(mistakesOf(() => completeConfig(misspelt)).length, 1);
	});
});

describe("completeConfig of an untyped program", () => {
	it("holds values to the bounds of the texts", () => {
		for (const given of [
			'{"port": "8080"}',
			'{"port": 1.5}',
			'{"port": 65536}',
			'{"localRoots": "/a"}',
			'{"logLevel": "loud"}',
			'{"noAuth": 1}',
		]) {
			assert.equal(
				mistakesOf(() => completeConfig(JSON.parse(given))).length,
				1,
				given,
			);
		}
	});
});

describe("no authentication", () => {
	it("is for loopback addresses only", () => {
		for (const address of [
			"127.0.0.1",
			"127.1.2.3",
			"::1",
			"0:0:0:0:0:0:0:1",
			"localhost",
		]) {
			assert.deepEqual(
				checkConfig(completeConfig({ noAuth: true, bindAddress: address })),
				[],
			);
		}
		for (const address of [
			"0.0.0.0",
			"::",
			"10.0.0.1",
			"example.com",
			"localhost.example.com",
			"127.0.0.1.nip.io",
			"",
			"127.1",
			"0",
			"::ffff:10.0.0.1",
			"fe80::1",
		]) {
			assert.equal(isLoopback(address), false, address);
			assert.equal(
				mistakesOf(() => completeConfig({ noAuth: true, bindAddress: address }))
					.length,
				1,
				address,
			);
		}
	});
});

describe("DATABASE_URL", () => {
	const at = (databaseUrl: string) =>
		storeAddress({ databaseUrl, dataDir: "/data", mongoDatabase: "" });

	it("names a store", () => {
		assert.deepEqual(at(""), { kind: "sqlite", path: "/data/pangolin.db" });
		assert.deepEqual(at("sqlite:///abs/x.db"), {
			kind: "sqlite",
			path: "/abs/x.db",
		});
		assert.deepEqual(at("sqlite://x.db"), {
			kind: "sqlite",
			path: resolve("x.db"),
		});
		assert.deepEqual(at("sqlite://./a/x.db"), {
			kind: "sqlite",
			path: resolve("a/x.db"),
		});
		assert.deepEqual(at("sqlite::memory:"), { kind: "sqlite-memory" });
		assert.deepEqual(at("memory:"), { kind: "memory" });
	});

	const postgres = (databaseUrl: string) => {
		const address = at(databaseUrl);
		assert.ok(address.kind === "postgres");
		return address.url;
	};

	it("says where PostgreSQL is", () => {
		assert.deepEqual(
			postgres("postgres://me:p%40ss@db.example/cat?sslrootcert=/ca.pem"),
			{
				host: "db.example",
				port: 5432,
				user: "me",
				password: "p@ss",
				database: "cat",
				sslMode: "verify-full",
				sslRootCert: "/ca.pem",
			},
		);
		const socket = postgres("postgresql://me@/cat?host=/run/postgresql");
		assert.equal(socket.host, "/run/postgresql");
		assert.equal(socket.password, undefined);
		const ipv6 = postgres("postgres://me@[::1]:6000/cat");
		assert.equal(ipv6.host, "::1");
		assert.equal(ipv6.port, 6000);
	});

	it("sends nothing in plain text to another machine unless told to", () => {
		const mode = (url: string) => postgres(url).sslMode;
		for (const url of [
			"postgres://me@localhost/cat",
			"postgres://me@127.0.0.1/cat",
			"postgres://me@[::1]/cat",
			"postgres://me@/cat?host=/run",
		])
			assert.equal(mode(url), "disable", url);
		assert.equal(mode("postgres://me@10.0.0.1/cat"), "verify-full");
		assert.equal(mode("postgres://me@db/cat?sslmode=disable"), "disable");
	});

	it("refuses what it cannot serve", () => {
		for (const databaseUrl of [
			"postgres://h/db",
			"postgres://u@h",
			"postgres://u@h/a/b",
			"postgres://u@h:99999/db",
			"postgres://u@h,i/db",
			"postgresql://u@h/db?sslmode=prefer",
			"postgresql://u@h/db?options=-cfsync=off",
			"postgresql://u@h/db#x",
			"mongodb://",
			"mongodb:h",
			"sqlite://",
			"sqlite:",
			"sqlite:///a/",
			"sqlite://x.db?mode=ro",
			"sqlite://:memory:",
			"x.db",
			"mysql://h",
		]) {
			assert.equal(
				mistakesOf(() => completeConfig({ databaseUrl })).length,
				1,
				databaseUrl,
			);
		}
	});
});

describe("generated texts", () => {
	const file = (path: string) =>
		readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

	it("are current (npm run generate)", () => {
		assert.equal(file("docs/reference/configuration.md"), configurationPage());
		assert.equal(file(".env.example"), environmentExample());
	});

	it("name every option", () => {
		for (const [name, option] of OPTION_LIST) {
			for (const text of [
				configurationPage(),
				environmentExample(),
				optionsHelp(),
			]) {
				assert.ok(text.includes(option.env), name);
			}
		}
	});

	it("give every option a variable of its own and a default that is valid", () => {
		const names = OPTION_LIST.map(([, option]) => option.env);
		assert.equal(new Set(names).size, names.length);
		assert.deepEqual(checkConfig(completeConfig({})), []);
	});
});
