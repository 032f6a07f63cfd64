import type { LineId, TenantId } from "../../../model/ids.ts";
import type {
	ClaimReader,
	CommitReader,
	DropReader,
	EntryReader,
	HistoryReader,
	LineAt,
	Listing,
	Located,
	MergeReader,
	Page,
	RefReader,
	RegistryReader,
	WorkReader,
} from "../../contract.ts";
import { isListing } from "../../entryKeys.ts";
import type { EntryKey, EntryRow, InNamespace } from "../../records.ts";
import type { ReadCache } from "../cache.ts";
import type { Database } from "../database.ts";
import type { Level } from "../lines.ts";
import { atNumber, entryAt, readChain } from "../lines.ts";
import type { ReaderPool } from "../readerPool.ts";
import { TABLES } from "../tables.ts";
import { readClaimsOf, readOverlapping } from "./claims.ts";
import {
	readCommitById,
	readCommits,
	readCommitsOfKey,
	readNewestMerge,
	readNumberAt,
	readOneCommit,
} from "./commits.ts";
import { readDropped } from "./drops.ts";
import { readList } from "./entries.ts";
import { keepsNumber, readGarbage, readLines } from "./history.ts";
import { readConflicts, readOperations } from "./merges.ts";
import type { KeepPage } from "./names.ts";
import { readNames } from "./names.ts";
import {
	readIsPinned,
	readNamesFile,
	readRefsShowing,
} from "./reachability.ts";
import {
	readDueJobs,
	readExpiredIdempotency,
	readLocated,
	readNextJobAtMillis,
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

export function refReader(context: ReadContext): RefReader {
	const { db, cache, read } = context;
	const locate = (tenant: TenantId, catalog: string, ref: string) =>
		cache.located(`${tenant}\u0000${catalog}\u0000${ref}`, () =>
			readLocated(db, tenant, catalog, ref),
		);
	const locateSeen = (
		tenant: TenantId,
		catalog: string,
		name: string,
		look: EntryKey | Listing,
	): Located | undefined => {
		const located = locate(tenant, catalog, name);
		if (located === undefined) return undefined;
		const { catalog: found, warehouse, ref } = located;
		const at = { tenant, line: ref.line, number: ref.number ?? undefined };
		if (isListing(look)) {
			const names = readNamesAt(context, at, look, look.page);
			return { catalog: found, warehouse, ref, listed: { of: look, names } };
		}
		const seen = { key: look, row: readEntry(context, at, look) };
		return { catalog: found, warehouse, ref, seen };
	};
	return {
		locate: (tenant, catalog, ref, look) =>
			read(() => {
				if (look === undefined) return locate(tenant, catalog, ref);
				const run = () => locateSeen(tenant, catalog, ref, look);
				return cache.isChanging() ? inTransaction(db, run) : run();
			}),
		ref: (tenant, catalog, name) =>
			read(() => readRecord(db, TABLES.ref, { tenant, catalog, name })),
		refs: (tenant, catalog, page) =>
			read(() => readRefs(db, tenant, catalog, page)),
		line: (tenant, line) =>
			read(() => readRecord(db, TABLES.line, { tenant, line })?.value),
		isPinned: (tenant, line, number) =>
			read(() => readIsPinned(db, tenant, line, number)),
	};
}

function chainOf({ db, cache }: ReadContext, tenant: TenantId, line: LineId) {
	return cache.chain(tenant, line, () => readChain(db, tenant, line));
}

function levelsOf(context: ReadContext, at: LineAt): readonly Level[] {
	return atNumber(chainOf(context, at.tenant, at.line), at.number);
}

/** See `EntryReader.get`. */
function readEntry(
	context: ReadContext,
	at: LineAt,
	key: EntryKey,
): EntryRow | undefined {
	const { db, cache } = context;
	const readNow = () => entryAt(db, levelsOf(context, at), key);
	return at.number === undefined
		? cache.entry(at.tenant, at.line, key, readNow)
		: readNow();
}

/** See `EntryReader.names`. */
function readNamesAt(
	context: ReadContext,
	at: LineAt,
	filter: InNamespace,
	page: Page<string>,
): string[] {
	const { db, cache } = context;
	const keep: KeepPage = (level, of, part, readPart) =>
		cache.fixedNames(
			at.tenant,
			level.id,
			pageKey(of, part, level.bound),
			readPart,
		);
	const readPage = () =>
		inSnapshot(db, levelsOf(context, at), (levels) =>
			readNames(db, levels, filter, page, keep),
		);
	if (at.number !== undefined) return readPage();
	const key = pageKey(filter, page, at.number);
	return cache.names(at.tenant, at.line, key, readPage);
}

export function entryReader(context: ReadContext): EntryReader {
	const { db, pool, read } = context;
	return {
		get: (at, key) => read(() => readEntry(context, at, key)),
		list: (at, filter, page) =>
			read(() =>
				inSnapshot(db, levelsOf(context, at), (levels) =>
					readList(db, levels, filter, page),
				),
			),
		names: (at, of, page) => read(() => readNamesAt(context, at, of, page)),
		all: (at, page) => pool.run({ read: "all", at, page }),
		namesMetadataFile: (location, sinceMicros) =>
			read(() => readNamesFile(db, location, sinceMicros)),
		assetsBelow: (prefix, except, limit) =>
			pool.run({ read: "assetsBelow", prefix, except, limit }),
		isReachable: (tenant, asset) =>
			pool.run({ read: "isReachable", tenant, asset }),
		refsShowing: (tenant, catalog, asset, limit) =>
			read(() =>
				inTransaction(db, () =>
					readRefsShowing(db, { tenant, catalog }, asset, limit, (line) =>
						chainOf(context, tenant, line),
					),
				),
			),
	};
}

function pageKey(
	{ parent, kinds }: InNamespace,
	{ after, limit }: Page<string>,
	number: number | undefined,
): string {
	return JSON.stringify([number, parent, kinds, after, limit]);
}

/** Several statements see one state of the file. */
function inSnapshot<Result>(
	db: Database,
	levels: readonly Level[],
	run: (levels: readonly Level[]) => Result,
): Result {
	const isOneStatement = levels.length === 1 && levels[0]?.bound === undefined;
	return isOneStatement ? run(levels) : inTransaction(db, () => run(levels));
}

/** As a part of what it is called in, if that is a transaction. */
function inTransaction<Result>(db: Database, run: () => Result): Result {
	if (db.inTransaction) return run();
	db.prepare("BEGIN").run();
	try {
		return run();
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
		byId: (tenant, catalog, id) =>
			read(() => readCommitById(db, tenant, catalog, id)),
		numberAt: (tenant, line, timeMicros) =>
			read(() =>
				inTransaction(db, () => readNumberAt(db, tenant, line, timeMicros)),
			),
		newestMerge: (tenant, line, atOrBelow) =>
			read(() => readNewestMerge(db, tenant, line, atOrBelow)),
		ofKey: (tenant, line, key, page) =>
			read(() => readCommitsOfKey(db, tenant, line, key, page)),
	};
}

export function dropReader({ db, read }: ReadContext): DropReader {
	return {
		dropped: (tenant, line, page) =>
			read(() => readDropped(db, tenant, line, page)),
	};
}

export function mergeReader({ db, read }: ReadContext): MergeReader {
	return {
		operation: (tenant, operation) =>
			read(() => readRecord(db, TABLES.mergeOperation, { tenant, operation })),
		operations: (tenant, catalog, page) =>
			read(() => readOperations(db, tenant, catalog, page)),
		conflict: (tenant, conflict) =>
			read(() => readRecord(db, TABLES.mergeConflict, { tenant, conflict })),
		conflicts: (tenant, operation, page) =>
			read(() => readConflicts(db, tenant, operation, page)),
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
			read(() => readRecord(db, TABLES.idempotency, { tenant, key })),
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

export function historyReader({ db, pool, read }: ReadContext): HistoryReader {
	return {
		lines: (tenant, catalog, page) =>
			read(() => readLines(db, tenant, catalog, page)),
		expired: (tenant, line, ended, limit) =>
			pool.run({ read: "expired", tenant, line, ended, limit }),
		isKept: (tenant, line, number) =>
			read(() => keepsNumber(db, tenant, line, number)),
		garbage: (tenant, catalog, page) =>
			read(() => readGarbage(db, tenant, catalog, page)),
		metadataOf: (tenant, asset, page) =>
			pool.run({ read: "metadataOf", tenant, asset, page }),
	};
}
