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
import type { Clock } from "./model/ids.ts";
import type { Pointer } from "./store/checking/pointers.ts";
import type { OnStage, StoreCopies } from "./store/copies.ts";
import { stage } from "./store/copies.ts";
import type {
	Exported,
	ExportOptions,
} from "./store/exportFile/exportStore.ts";
import type {
	Imported,
	ImportOptions,
	ImportTarget,
} from "./store/exportFile/importStore.ts";

/** What commands do without a server: beside app.ts the only file that knows the adapters. */

const IN_MEMORY =
	"DATABASE_URL names a store in memory: there is nothing that another process could read or fill";

/** A store as those know it who move it, keep it and check it. */
interface OpenMover extends ImportTarget {
	/** What is wrong with how this store keeps its rows, one line each. */
	inspect(): Promise<readonly string[]>;
	/** Where a copy is something else than an export. */
	readonly copies?: StoreCopies;
}

/** @throws ConfigError when the configured store is in memory */
async function openMover(config: Config): Promise<OpenMover> {
	const address = storeAddress(config);
	switch (address.kind) {
		case "sqlite": {
			const { path } = address;
			const { openSqliteMover } = await import("./store/sqlite/mover.ts");
			const { inspectSqlite } = await import("./store/sqlite/check.ts");
			const { sqliteCopies } = await import("./store/sqlite/copies.ts");
			return {
				store: `SQLite file ${path}`,
				mover: openSqliteMover(path),
				prepare: () => makePrivateFile(config, path),
				inspect: async () => inspectSqlite(path),
				copies: sqliteCopies(path),
			};
		}
		case "postgres": {
			const { openPostgresMover } = await import("./store/postgres/mover.ts");
			const { inspectPostgres } = await import("./store/postgres/check.ts");
			const { descriptionOf } = await import("./store/postgres/usable.ts");
			const passwordFile = config.databasePasswordFile;
			const of = { ...address.url, passwordFile };
			return {
				store: descriptionOf(of),
				mover: openPostgresMover(of),
				prepare: async () => undefined,
				inspect: () => inspectPostgres(of),
			};
		}
		case "mongo": {
			const { openMongoMover } = await import("./store/mongo/mover.ts");
			const { inspectMongo } = await import("./store/mongo/check.ts");
			return {
				store: "MongoDB (DATABASE_URL)",
				mover: openMongoMover(address),
				prepare: async () => undefined,
				inspect: () => inspectMongo(address),
			};
		}
		case "memory":
		case "sqlite-memory":
			throw new ConfigError([IN_MEMORY]);
	}
}

/** Moves what the configured store holds into a file, or takes such a file in. */
export interface Moving {
	/** One line for people: which store, where. */
	readonly store: string;
	/** @throws PangolinError `already-exists`, `tenant-not-found`, `bad-request`, `unavailable` */
	exportTo(target: string, options: ExportOptions): Promise<Exported>;
	/** @throws PangolinError `already-exists`, `bad-request`, `unavailable`; nothing was imported then, unless it says that this is not known */
	importFrom(source: string, options: ImportOptions): Promise<Imported>;
	close(): Promise<void>;
}

/** @throws ConfigError when the configured store is in memory */
export async function openMoving(
	config: Config,
	clock: Clock = Date.now,
): Promise<Moving> {
	const opened = await openMover(config);
	const { store, mover } = opened;
	return {
		store,
		async exportTo(target, options) {
			const { exportStore } = await import("./store/exportFile/exportStore.ts");
			return exportStore(mover, target, options, clock);
		},
		async importFrom(source, options) {
			const { importStore } = await import("./store/exportFile/importStore.ts");
			return importStore(opened, source, options);
		},
		close: () => mover.close(),
	};
}

/** Keeps what the configured store holds; servers may run meanwhile, except for restoring. */
export interface Keeping {
	/** One line for people: which store, where. */
	readonly store: string;
	/** The folders of local warehouses below the data folder. */
	readonly folders: readonly string[];
	readonly copies: StoreCopies;
	/** What is wrong with the store itself, one line each; nothing when all is well. */
	problems(onStage: OnStage): Promise<readonly string[]>;
	/** The metadata files that its branches and tags show, as of one moment. */
	pointers(onStage: OnStage): AsyncIterable<Pointer>;
	/** Why a metadata file cannot be read; undefined when it can. */
	metadataProblem(metadataLocation: string): Promise<string | undefined>;
	close(): Promise<void>;
}

/** @throws ConfigError when the configured store is in memory */
export async function openKeeping(
	config: Config,
	clock: Clock = Date.now,
): Promise<Keeping> {
	const opened = await openMover(config);
	const { store, mover, inspect } = opened;
	const { checkRows } = await import("./store/checking/checkRows.ts");
	const { checkPlaces } = await import("./store/checking/checkPlaces.ts");
	const { pointersOf } = await import("./store/checking/pointers.ts");
	const { counted } = await import("./store/exportFile/importStore.ts");
	// Of the bars only: one count is near enough for all of them.
	let total: Promise<number> | undefined;
	const rows = async (onProgress: (done: number, total: number) => void) => {
		total ??= mover.count(undefined);
		return counted(mover.dump(undefined), await total, onProgress);
	};
	let local: LocalWarehouses | undefined;
	return {
		store,
		folders: [warehouseFolder(config), ownWarehousesFolder(config)],
		copies: await copiesOf(config, opened, clock),
		async problems(onStage) {
			onStage("store", 0, 1);
			const found = await inspect();
			onStage("store", 1, 1);
			if (found.length > 0) return found;
			const broken = await checkRows(await rows(stage(onStage, "rows")));
			if (broken.length > 0) return broken;
			return checkPlaces(await rows(stage(onStage, "places")));
		},
		async *pointers(onStage) {
			yield* pointersOf(await rows(stage(onStage, "metadata files")));
		},
		metadataProblem: async (location) => {
			local ??= await openLocalFiles(config);
			return await metadataProblem(local.storage, location);
		},
		close: async () => {
			await local?.storage.close();
			await mover.close();
		},
	};
}

/** Every store takes the file of an export. */
async function copiesOf(
	config: Config,
	{ copies, ...target }: OpenMover,
	clock: Clock,
): Promise<StoreCopies> {
	const { exportCopies, isGzip } = await import(
		"./store/exportFile/exportCopies.ts"
	);
	const exports = exportCopies(target, clock);
	if (copies === undefined) return exports;
	return {
		...copies,
		async open(copy, verifyKey, onStage) {
			if (await isGzip(copy)) return exports.open(copy, verifyKey, onStage);
			const opened = await copies.open(copy, verifyKey, onStage);
			return {
				...opened,
				async restore(onStage) {
					if (config.databaseUrl === "") await makeDataFolder(config);
					await opened.restore(onStage);
				},
			};
		},
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
