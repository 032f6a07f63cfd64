import { chmod } from "node:fs/promises";
import manifest from "../package.json" with { type: "json" };
import {
	makeDataFolder,
	makePrivateFile,
	openLocalFiles,
	ownWarehousesFolder,
	warehouseFolder,
} from "./app.ts";
import { storeAddress } from "./config/databaseUrl.ts";
import type { Config } from "./config/options.ts";
import { ConfigError } from "./config/readConfig.ts";
import type { FileStorage } from "./files/contract.ts";
import type { LocalWarehouses } from "./files/warehouseStorages.ts";
import { parseJson } from "./iceberg/json.ts";
import { plainMetadata } from "./iceberg/metadataFile.ts";
import { PangolinError } from "./model/errors.ts";
import { brandId, type Clock, type TenantId } from "./model/ids.ts";
import type { LoadResult, StoreMover } from "./store/moving.ts";
import type { SqliteCheck } from "./store/sqlite/check.ts";

/** What commands do without a server: beside app.ts the only file that knows the adapters. */

/** What the offline commands do; a server may run on the same file meanwhile, except for `restore`. */
export interface Offline {
	/** The store's file. */
	readonly file: string;
	/** The folders of local warehouses below the data folder. */
	readonly folders: readonly string[];
	/** @throws PangolinError `already-exists`, `unavailable` */
	backup(target: string, onProgress: OnProgress): Promise<void>;
	/** @throws PangolinError `already-exists`, `unavailable` */
	restore(source: string, onProgress: OnProgress): Promise<void>;
	/** Opens the store's file, or a copy of it. @throws PangolinError `unavailable` */
	check(file: string): SqliteCheck;
	/** Why a metadata file cannot be read; undefined when it can. */
	metadataProblem(metadataLocation: string): Promise<string | undefined>;
	close(): Promise<void>;
}

export type OnProgress = (done: number, total: number) => void;

const IN_MEMORY = "DATABASE_URL names a store in memory";
const NO_FILE = {
	postgres:
		"DATABASE_URL names PostgreSQL, where this command does not work: use pg_dump and pg_restore",
	mongo:
		"DATABASE_URL names MongoDB, where this command does not work: use MongoDB's own tools",
	memory: `${IN_MEMORY}: there is no file to work on`,
	"sqlite-memory": `${IN_MEMORY}: there is no file to work on`,
};
const NOT_MOVED = {
	memory: `${IN_MEMORY}: there is nothing to move`,
	"sqlite-memory": `${IN_MEMORY}: there is nothing to move`,
};

/** @throws ConfigError when the configured store is not a file */
export async function openOffline(config: Config): Promise<Offline> {
	const address = storeAddress(config);
	if (address.kind !== "sqlite") {
		throw new ConfigError([NO_FILE[address.kind]]);
	}
	const { path } = address;
	const { backupSqlite, restoreSqlite } = await import(
		"./store/sqlite/backup.ts"
	);
	const { openCheck } = await import("./store/sqlite/check.ts");
	let local: LocalWarehouses | undefined;
	return {
		file: path,
		folders: [warehouseFolder(config), ownWarehousesFolder(config)],
		backup: (target, onProgress) => backupSqlite(path, target, { onProgress }),
		restore: async (source, onProgress) => {
			if (config.databaseUrl === "") await makeDataFolder(config);
			await restoreSqlite(source, path, { onProgress });
			await chmod(path, 0o600);
		},
		check: openCheck,
		metadataProblem: async (location) => {
			local ??= await openLocalFiles(config);
			return await metadataProblem(local.storage, location);
		},
		close: async () => local?.storage.close(),
	};
}

async function metadataProblem(
	storage: FileStorage,
	location: string,
): Promise<string | undefined> {
	try {
		const bytes = await storage.read(storage.canonical(location));
		parseJson(plainMetadata(location, bytes).toString("utf8"));
		return undefined;
	} catch (error) {
		if (error instanceof PangolinError) return error.message;
		throw error;
	}
}

/** Moves what the configured store holds into a file, or takes such a file in. */
export interface Moving {
	/** One line for people: which store, where. */
	readonly store: string;
	/** @throws PangolinError `already-exists`, `tenant-not-found`, `bad-request`, `unavailable` */
	exportTo(target: string, options: ExportOptions): Promise<Exported>;
	/** @throws PangolinError `already-exists`, `bad-request`, `unavailable`; nothing was imported then */
	importFrom(source: string, options: ImportOptions): Promise<Imported>;
	close(): Promise<void>;
}

export interface ExportOptions {
	/** The id of the one tenant to export; undefined: the whole store. */
	readonly tenant: string | undefined;
	/** An Ed25519 private key, PEM. */
	readonly signKey: string | undefined;
	/** In rows. */
	readonly onProgress: OnProgress;
}

export interface Exported {
	readonly rows: number;
}

export interface ImportOptions {
	/** The Ed25519 public key that must have signed the file, PEM. */
	readonly verifyKey: string | undefined;
	/** In bytes of the file, while it is checked. */
	readonly onCheck: OnProgress;
	/** In rows, while they are loaded. */
	readonly onLoad: OnProgress;
}

export interface Imported {
	readonly rows: number;
	/** The one tenant that came; null: a whole store. */
	readonly tenant: string | null;
	/** When it was exported, ISO 8601. */
	readonly time: string;
	readonly signature: "none" | "unchecked" | "valid";
}

/** @throws ConfigError when the configured store is in memory */
export async function openMoving(
	config: Config,
	clock: Clock = Date.now,
): Promise<Moving> {
	const { store, mover, prepare } = await openMover(config);
	return {
		store,
		exportTo: (target, options) => exportTo(mover, target, options, clock),
		async importFrom(source, { verifyKey, onCheck, onLoad }) {
			const { openExport } = await import("./store/exportFile/readExport.ts");
			const found = await openExport(source, verifyKey, onCheck);
			const tenant = found.header.tenant ?? undefined;
			await prepare();
			const rows = counted(found.rows(), found.total, onLoad);
			const result = await mover.load(tenant, rows);
			if (result.outcome === "refused")
				throw loadRefusal(store, tenant, result);
			const { header, checked } = found;
			return {
				rows: result.rows,
				tenant: header.tenant,
				time: header.time,
				signature: checked.signature,
			};
		},
		close: () => mover.close(),
	};
}

interface OpenMover {
	readonly store: string;
	readonly mover: StoreMover;
	/** Makes what a load needs and a dump does not. */
	prepare(): Promise<void>;
}

async function openMover(config: Config): Promise<OpenMover> {
	const address = storeAddress(config);
	switch (address.kind) {
		case "sqlite": {
			const { path } = address;
			const { openSqliteMover } = await import("./store/sqlite/mover.ts");
			return {
				store: `SQLite file ${path}`,
				mover: openSqliteMover(path),
				prepare: () => makePrivateFile(config, path),
			};
		}
		case "postgres": {
			const { openPostgresMover } = await import("./store/postgres/mover.ts");
			const { descriptionOf } = await import("./store/postgres/usable.ts");
			const passwordFile = config.databasePasswordFile;
			const of = { ...address.url, passwordFile };
			return {
				store: descriptionOf(of),
				mover: openPostgresMover(of),
				prepare: async () => undefined,
			};
		}
		case "mongo": {
			const { openMongoMover } = await import("./store/mongo/mover.ts");
			return {
				store: "MongoDB (DATABASE_URL)",
				mover: openMongoMover(address),
				prepare: async () => undefined,
			};
		}
		default:
			throw new ConfigError([NOT_MOVED[address.kind]]);
	}
}

async function exportTo(
	mover: StoreMover,
	target: string,
	{ tenant: given, signKey, onProgress }: ExportOptions,
	clock: Clock,
): Promise<Exported> {
	const { writeExport } = await import("./store/exportFile/writeExport.ts");
	const { signWith } = await import("./store/exportFile/signing.ts");
	const sign = signKey === undefined ? undefined : signWith(signKey);
	const tenant = given === undefined ? undefined : brandId<TenantId>(given);
	const total = await mover.count(tenant);
	if (tenant !== undefined && total === 0)
		throw new PangolinError(
			"tenant-not-found",
			`there is no tenant with the id ${tenant}`,
		);
	const rows = await writeExport(target, mover.dump(tenant), {
		header: {
			format: 1,
			time: new Date(clock()).toISOString(),
			tenant: tenant ?? null,
			version: manifest.version,
		},
		sign,
		onRows: (done) => onProgress(done, total),
	});
	onProgress(total, total);
	return { rows };
}

async function* counted<Row>(
	rows: AsyncIterable<Row>,
	total: number,
	onProgress: OnProgress,
): AsyncGenerator<Row> {
	let done = 0;
	onProgress(done, total);
	for await (const row of rows) {
		yield row;
		onProgress(++done, total);
	}
}

function loadRefusal(
	store: string,
	tenant: TenantId | undefined,
	{ part, location }: Extract<LoadResult, { outcome: "refused" }>,
): PangolinError {
	const why =
		tenant === undefined
			? `it is not empty (a ${part} is there): a whole store is imported before a server has been started on it`
			: part === "claim" && location !== undefined
				? `another tenant there owns ${location} or a folder inside or above it, and two tenants cannot share the files of tables`
				: `tenant ${tenant} is there already (a ${part} of it)`;
	return new PangolinError(
		"already-exists",
		`nothing was imported into ${store}: ${why}`,
	);
}
