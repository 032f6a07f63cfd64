import { resolve } from "node:path";
import { assert } from "../model/errors.ts";
import type { Config } from "./options.ts";
import type { PostgresUrl } from "./postgresUrl.ts";
import { parsePostgresUrl } from "./postgresUrl.ts";

/** Which store a `DATABASE_URL` means. Paths are absolute. */
export type StoreAddress =
	| { readonly kind: "sqlite"; readonly path: string }
	| { readonly kind: "sqlite-memory" }
	| { readonly kind: "memory" }
	| { readonly kind: "postgres"; readonly url: PostgresUrl }
	| {
			readonly kind: "mongo";
			readonly url: string;
			/** Instead of the one in the URL. */
			readonly databaseName: string | undefined;
	  };

const FORMS =
	"sqlite:///absolute/path.db, sqlite://relative.db, sqlite::memory:, memory:, postgres://user@host:port/database or mongodb://user@host:port/database";
const POSTGRES = /^(postgres|postgresql):/i;
const MONGO = /^mongodb(\+srv)?:/i;

/** The store that a valid configuration names; relative paths are of the working directory. */
export function storeAddress(
	config: Pick<Config, "databaseUrl" | "dataDir" | "mongoDatabase">,
): StoreAddress {
	const url = config.databaseUrl;
	if (url === "")
		return { kind: "sqlite", path: resolve(config.dataDir, "pangolin.db") };
	if (url === "memory:") return { kind: "memory" };
	if (url === "sqlite::memory:") return { kind: "sqlite-memory" };
	if (POSTGRES.test(url)) {
		const parsed = parsePostgresUrl(url);
		assert("url" in parsed, "the configuration was checked");
		return { kind: "postgres", url: parsed.url };
	}
	if (MONGO.test(url))
		return {
			kind: "mongo",
			url,
			databaseName: config.mongoDatabase || undefined,
		};
	return { kind: "sqlite", path: resolve(sqlitePath(url)) };
}

/** Why a `DATABASE_URL` cannot be used, without its text: it may hold a password. */
export function databaseRefusal(url: string): string | undefined {
	if (url === "" || url === "memory:" || url === "sqlite::memory:")
		return undefined;
	if (POSTGRES.test(url)) {
		const parsed = parsePostgresUrl(url);
		return "refusal" in parsed ? parsed.refusal : undefined;
	}
	// The driver knows the rest of its form, and says at the start what it cannot use.
	if (MONGO.test(url)) return mongoRefusal(url);
	if (!/^sqlite:\/\/./i.test(url)) return `DATABASE_URL must be ${FORMS}`;
	return pathRefusal(sqlitePath(url));
}

function mongoRefusal(url: string): string | undefined {
	return /^mongodb(\+srv)?:\/\/[^/?]/i.test(url)
		? undefined
		: "DATABASE_URL names MongoDB without a server: write mongodb://host:port/database or mongodb+srv://host/database";
}

function sqlitePath(url: string): string {
	return url.slice("sqlite://".length);
}

function pathRefusal(path: string): string | undefined {
	if (/[?#\0]/.test(path)) {
		return "DATABASE_URL must name a plain file: parameters after ? or # are not supported";
	}
	if (path.endsWith("/")) return "DATABASE_URL must name a file, not a folder";
	if (path.startsWith(":memory:"))
		return "DATABASE_URL: write sqlite::memory: for SQLite in memory";
	return undefined;
}
