import type {
	ClaimReader,
	CommitReader,
	EntryReader,
	LineAt,
	RefReader,
	RegistryReader,
	WorkReader,
} from "../../contract.ts";
import type { ReadCache } from "../cache.ts";
import type { Database } from "../database.ts";
import type { Level } from "../lines.ts";
import { atNumber, entryAt, readChain } from "../lines.ts";
import type { ReaderPool } from "../readerPool.ts";
import { TABLES } from "../tables.ts";
import { readClaimsOf, readOverlapping } from "./claims.ts";
import { readList, readNames } from "./entries.ts";
import { readNamesFile } from "./reachability.ts";
import {
	readCommits,
	readDueJobs,
	readExpiredIdempotency,
	readLocated,
	readNextJobAtMillis,
	readOneCommit,
	readRecord,
	readRecords,
	readRefs,
	readReports,
} from "./records.ts";

export interface ReadContext {
	/** The main thread's connection. */
	readonly db: Database;
	readonly cache: ReadCache;
	readonly pool: ReaderPool;
	/** Runs a read and translates the driver's errors. */
	read<Result>(run: () => Result): Promise<Result>;
}

export function registryReader({ db, read }: ReadContext): RegistryReader {
	const { tenant: tenants, warehouse: warehouses, catalog: catalogs } = TABLES;
	return {
		tenant: (tenant) => read(() => readRecord(db, tenants, { tenant })),
		tenants: (page) => read(() => readRecords(db, tenants, [], page)),
		warehouse: (tenant, name) =>
			read(() => readRecord(db, warehouses, { tenant, name })),
		warehouses: (tenant, page) =>
			read(() => readRecords(db, warehouses, [tenant], page)),
		catalog: (tenant, name) =>
			read(() => readRecord(db, catalogs, { tenant, name })),
		catalogs: (tenant, page) =>
			read(() => readRecords(db, catalogs, [tenant], page)),
	};
}

export function refReader({ db, cache, read }: ReadContext): RefReader {
	return {
		locate: (tenant, catalog, ref) =>
			read(() =>
				cache.located(`${tenant}\u0000${catalog}\u0000${ref}`, () =>
					readLocated(db, tenant, catalog, ref),
				),
			),
		ref: (tenant, catalog, name) =>
			read(() => readRecord(db, TABLES.ref, { tenant, catalog, name })),
		refs: (tenant, catalog, page) =>
			read(() => readRefs(db, tenant, catalog, page)),
		line: (tenant, line) =>
			read(() => readRecord(db, TABLES.line, { tenant, line })?.value),
	};
}

export function entryReader(context: ReadContext): EntryReader {
	const { db, cache, pool, read } = context;
	const levelsOf = ({ tenant, line, number }: LineAt): readonly Level[] =>
		atNumber(
			cache.chain(tenant, line, () => readChain(db, tenant, line)),
			number,
		);
	return {
		get: (at, key) =>
			read(() => {
				const readEntry = () => entryAt(db, levelsOf(at), key);
				return at.number === undefined
					? cache.entry(at.tenant, at.line, key, readEntry)
					: readEntry();
			}),
		list: (at, filter, page) =>
			read(() =>
				inSnapshot(db, levelsOf(at), (levels) =>
					readList(db, levels, filter, page),
				),
			),
		names: (at, filter, page) =>
			read(() => {
				const readPage = () =>
					inSnapshot(db, levelsOf(at), (levels) =>
						readNames(db, levels, filter, page),
					);
				if (at.number !== undefined) return readPage();
				const { parent, kinds } = filter;
				const key = JSON.stringify([parent, kinds, page.after, page.limit]);
				return cache.names(at.tenant, at.line, key, readPage);
			}),
		all: (at, page) => pool.run({ read: "all", at, page }),
		namesMetadataFile: (location, sinceMicros) =>
			read(() => readNamesFile(db, location, sinceMicros)),
		assetsBelow: (prefix, except, limit) =>
			pool.run({ read: "assetsBelow", prefix, except, limit }),
		isReachable: (tenant, asset) =>
			pool.run({ read: "isReachable", tenant, asset }),
	};
}

/** Several statements see one state of the file. */
function inSnapshot<Result>(
	db: Database,
	levels: readonly Level[],
	run: (levels: readonly Level[]) => Result,
): Result {
	const isOneStatement = levels.length === 1 && levels[0]?.bound === undefined;
	if (isOneStatement) return run(levels);
	db.prepare("BEGIN").run();
	try {
		return run(levels);
	} finally {
		db.prepare("COMMIT").run();
	}
}

export function commitReader({ db, read }: ReadContext): CommitReader {
	return {
		commits: (tenant, line, page) =>
			read(() => readCommits(db, tenant, line, page)),
		commit: (tenant, line, number) =>
			read(() => readOneCommit(db, tenant, line, number)),
	};
}

export function claimReader({ db, read }: ReadContext): ClaimReader {
	return {
		overlapping: (location, limit) =>
			read(() => readOverlapping(db, location, limit)),
		claimsOf: (tenant, asset) => read(() => readClaimsOf(db, tenant, asset)),
	};
}

export function workReader({ db, read }: ReadContext): WorkReader {
	return {
		idempotency: (tenant, key) =>
			read(() => readRecord(db, TABLES.idempotency, { tenant, key })?.value),
		expiredIdempotency: (nowMillis, limit) =>
			read(() => readExpiredIdempotency(db, nowMillis, limit)),
		job: (tenant, job) =>
			read(() => readRecord(db, TABLES.job, { tenant, job })),
		dueJobs: (nowMillis, limit) =>
			read(() => readDueJobs(db, nowMillis, limit)),
		reports: (tenant, asset, page) =>
			read(() => readReports(db, tenant, asset, page)),
		nextJobAtMillis: () => read(() => readNextJobAtMillis(db)),
	};
}
