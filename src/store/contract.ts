import { type ErrorCode, PangolinError } from "../model/errors.ts";
import type {
	AssetId,
	CatalogId,
	CommitId,
	ConflictId,
	JobId,
	LineId,
	MergeOperationId,
	TenantId,
} from "../model/ids.ts";
import type { Catalog, Tenant, Warehouse } from "../model/registry.ts";
import type { ApplyResult, ChangeSet } from "./changes.ts";
import type {
	Claim,
	Commit,
	DroppedAsset,
	EntryKey,
	EntryRow,
	Garbage,
	IdempotencyRecord,
	InNamespace,
	Job,
	Line,
	Merge,
	MergeConflict,
	MergeOperation,
	MetricsReport,
	Ref,
	RowName,
	Versioned,
} from "./records.ts";

/**
 * The contract of a store: many small reads and one write.
 *
 * Every sentence has a number; store/conformance/ has at least one case for it.
 *
 * Writing
 *  W1  `apply` applies the whole change set or nothing of it, in order, each change seeing the ones before it.
 *  W2  When `apply` resolves to `applied`, the set is durable (as far as the store persists at all) and every later read sees it.
 *  W3  `apply` resolves to `refused` with the first refusal and its position; nothing was changed.
 *  W4  `apply` throws only StoreUnavailable, whose outcome is `not-applied` (proved) or `unknown`; a change set that breaks a promise (see wellFormed.ts) is a bug of the caller and throws another error, not applied.
 *  W5  `insert` of a key that exists, or of a warehouse or catalog with an id that the tenant uses already, is refused `exists`. The version of an inserted row is 1.
 *  W6  `update` is refused `missing` without the row and `stale` when `ifVersion` differs; an applied one counts the version up by 1. Keys and ids stay, with one exception: a warehouse or catalog is renamed by an update whose value has another name, refused `exists` when that is taken. Of a line only the parent changes.
 *  W7  `delete` with `ifVersion` is refused `missing` or `stale`; without it a missing row is no refusal.
 *  W8  `check` is refused `stale` when the version differs or the row is missing, `exists` when it should be absent.
 *  W9  Inserting a warehouse needs its tenant, inserting or updating a catalog needs its tenant and its warehouse (if it names one), a ref and a line need their catalog, a ref needs its line and a line its parent, of the same catalog, at a number that it keeps (sentence H3), and not among the line's own descendants: refused `missing`.
 *  W10 Deleting a tenant that has warehouses or catalogs, or a warehouse that a catalog names, is refused `notEmpty`.
 *  W11 Deleting a catalog is refused `notEmpty` while any of its lines shows a table, a view or an asset at its head; it removes the catalog's refs, lines, commits, claims and garbage.
 *  W12 Renaming a warehouse carries over to the catalogs that name it, and counts their versions up.
 *  W13 Deleting a line that a ref names, that another line forked from, or that two other lines merged (sentence H6) is refused `notEmpty`; it removes the line's content and commits.
 *  W14 A merge operation needs its catalog and a conflict its operation: refused `missing`. Deleting an operation removes its conflicts, deleting a catalog its operations.
 *
 * Lines
 *  L1  The numbers of a line are dense from 1, in the order of application; `head` is the last one.
 *  L2  The time of a commit is max(the caller's, the previous one's + 1 µs); before a line's first commit comes the one that it forked at.
 *  L3  `advance` on an unknown line, or one of another catalog, is refused `missing`. It never refuses because the head moved.
 *  L4  What a line shows at number N is its own newest row with number ≤ N, else what its parent shows at the fork; a tombstone shows nothing.
 *  L5  Reads at a number ≤ head give the same answer for ever.
 *  L6  `create` is refused `exists` when the key shows, `missing` when the enclosing namespace does not show.
 *  L7  `replace`, `drop` and `require` are refused `missing` when the key does not show and `stale` when its version differs.
 *  L8  Dropping a namespace that shows content is refused `notEmpty`.
 *  L9  One name key for tables, views and assets of a namespace; namespaces have their own.
 *  L10 A commit records the keys of its `create`, `replace` and `drop` entries, in order, each once.
 *  L11 Two entry changes of one set to one key are seen in order (a drop followed by a create is a replacement with a new id).
 *  L12 A line with a filter shows of its ancestors only the keys in the filter and the namespaces that enclose these; what it wrote itself it shows. This holds for every read and precondition, and for the lines that fork from it.
 *  L13 An `advance` that names a branch is refused `missing` unless that branch of the catalog names the line.
 *  L14 `requireHead` changes nothing: it is refused `missing` without the line, `stale` when its head is another number.
 *  L15 A line remembers the last drop of an asset, by a `drop` that is not final or by another asset in its place, until it writes that asset again or forgets what it showed of it last.
 *
 * Claims
 *  C1  At most one asset holds a location, and none holds one inside or above another asset's; across tenants.
 *  C2  A `dropped` claim is taken over by the same Iceberg UUID of the same tenant at the same location; every other overlap is refused `exists`.
 *
 * Reading
 *  R1  The tenant is part of every key: a row of another tenant is absent.
 *  R2  Lists are in the stated order, start after `after` (exclusive) and hold at most `limit` rows. Names sort by their UTF-8 bytes.
 *  R3  Every string is literal: no wildcard, no normalisation, no case folding; U+0000 never occurs.
 *  R4  What the reachability reads call reachable is what a current row, a pinned number (sentence H1) or a row superseded since the given time shows, and nothing else.
 *  R5  A job is due when its time has come and no lease on it lasts.
 *  R6  A commit is found by its id (the use case makes it unique) within its catalog, and by each key that it wrote.
 *  R7  The number of a line at a time is the greatest whose commit is not later, 0 when there is none.
 *  R8  A ref shows an asset when its line shows it under any key, a branch at its head, a tag at its number.
 *  R9  The newest merge of a line at or below a number is its newest commit there that has merged parents, with what passed to it (sentence H6) behind these, by line.
 *  R10 A number of a line is pinned while a tag has it, another line forks there, or it is what another line merged last of this line.
 *  R11 `locate` with a key or a list also sees what the ref shows under it or the names that it lists, a branch at its head and a tag at its number, at the moment at which it sees the ref.
 *
 * History
 *  H1  A number of a line is pinned by a tag there, by a line that forked there, and by another line's merge that took it in, unless a later merge of the two lines was made by the given time and no tag or fork lies between the two merges.
 *  H2  `forget` removes the superseded rows of a line that ended by the given time and that no pin shows; one that is pinned, younger or gone is passed over. Without the line it is refused `missing`.
 *  H3  A line keeps a number that it has reached while none of the rows that it wrote and showed there was removed.
 *  H4  `forgetLine` is refused as deleting the line is (W13), and `missing` without it. From the first one on the line keeps no number; each removes at most `limit` rows and commits, the last one the line.
 *  H5  A removed row of a table or view leaves its metadata file as garbage of its asset, once, whether `forget`, `forgetLine` or the deletion of its line removed it.
 *  H6  When a line goes (with the first `forgetLine`, or at once), its merges go; to each merge of it by another line passes what that took in through it: where it forked, and what its merges up to the number taken in had as parents, of each line but these two the greatest number, where the merge has none as great. What passed to a merge counts as merged by it in every other sentence.
 */
export interface Store {
	/** One line for people: which store, where. No secret in it. */
	readonly description: string;
	readonly registry: RegistryReader;
	readonly refs: RefReader;
	readonly entries: EntryReader;
	readonly commits: CommitReader;
	readonly drops: DropReader;
	readonly merges: MergeReader;
	readonly claims: ClaimReader;
	readonly history: HistoryReader;
	readonly work: WorkReader;
	apply(changes: ChangeSet): Promise<ApplyResult>;
	/** @throws StoreUnavailable when the store cannot serve now. */
	ping(): Promise<void>;
	/** Finishes what was accepted, then lets go of everything. */
	close(): Promise<void>;
}

export interface Page<After> {
	/** Exclusive; undefined starts at the beginning. */
	readonly after?: After | undefined;
	readonly limit: number;
}

/** Order of lists: by name (tenants: by id). */
export interface RegistryReader {
	tenant(tenant: TenantId): Promise<Versioned<Tenant> | undefined>;
	tenants(page: Page<TenantId>): Promise<Versioned<Tenant>[]>;
	warehouse(
		tenant: TenantId,
		name: string,
	): Promise<Versioned<Warehouse> | undefined>;
	warehouses(
		tenant: TenantId,
		page: Page<string>,
	): Promise<Versioned<Warehouse>[]>;
	catalog(
		tenant: TenantId,
		name: string,
	): Promise<Versioned<Catalog> | undefined>;
	catalogs(tenant: TenantId, page: Page<string>): Promise<Versioned<Catalog>[]>;
}

/** A catalog's ref with all that a request needs to know about it, in one read. */
export interface Located {
	readonly catalog: Catalog;
	readonly warehouse: Warehouse | null;
	readonly ref: Ref;
	/** Only where a key was asked for (sentence R11). */
	readonly seen?: Seen | undefined;
	/** Only where a list was. */
	readonly listed?: Listed | undefined;
}

/** What was seen under a key; no row: it shows nothing. */
export interface Seen {
	readonly key: EntryKey;
	readonly row: EntryRow | undefined;
}

/** The names of a list, which the receiver may keep. */
export interface Listed {
	readonly of: Listing;
	readonly names: string[];
}

export interface RefReader {
	/** Catalog by name, its ref by name and its warehouse; undefined when catalog or ref is missing. */
	locate(
		tenant: TenantId,
		catalog: string,
		ref: string,
		look?: EntryKey | Listing,
	): Promise<Located | undefined>;
	ref(
		tenant: TenantId,
		catalog: CatalogId,
		name: string,
	): Promise<Versioned<Ref> | undefined>;
	/** By name. */
	refs(
		tenant: TenantId,
		catalog: CatalogId,
		page: Page<string>,
	): Promise<Versioned<Ref>[]>;
	line(tenant: TenantId, line: LineId): Promise<Line | undefined>;
	/** Whether a tag, a fork or a merge needs what this line shows at exactly this number (sentence R10). */
	isPinned(tenant: TenantId, line: LineId, number: number): Promise<boolean>;
}

/** A line at a number, or at its head. */
export interface LineAt {
	readonly tenant: TenantId;
	readonly line: LineId;
	readonly number?: number | undefined;
}

/** A page of what `names` gives. */
export interface Listing extends InNamespace {
	readonly page: Page<string>;
}

export interface EntryReader {
	get(at: LineAt, key: EntryKey): Promise<EntryRow | undefined>;
	/** By name. */
	list(at: LineAt, of: InNamespace, page: Page<string>): Promise<EntryRow[]>;
	/** The names of what `list` gives, for a fraction of its cost. */
	names(at: LineAt, of: InNamespace, page: Page<string>): Promise<string[]>;
	/** All entries of a line, by (space, parent, name): for checks, export and search. */
	all(at: LineAt, page: Page<EntryKey>): Promise<EntryRow[]>;
	/**
	 * Whether a row of any line of the store names this file: a current row, one
	 * that shows at a pinned number, or one superseded after `sinceMicros`.
	 */
	namesMetadataFile(
		metadataLocation: string,
		sinceMicros: number,
	): Promise<boolean>;
	/** Assets other than `except` that any line of the store shows or showed with a metadata file below `prefix`, which ends with a slash; by id, at most `limit`. */
	assetsBelow(
		prefix: string,
		except: AssetId,
		limit: number,
	): Promise<OwnedAsset[]>;
	/** Whether any ref's line shows the asset at its head or at a tag. */
	isReachable(tenant: TenantId, asset: AssetId): Promise<boolean>;
	/** Names of the catalog's refs that show the asset (sentence R8), by name, at most `limit`. */
	refsShowing(
		tenant: TenantId,
		catalog: CatalogId,
		asset: AssetId,
		limit: number,
	): Promise<string[]>;
}

/** An asset and the tenant that its other reads need. */
export interface OwnedAsset {
	readonly tenant: TenantId;
	readonly asset: AssetId;
}

export interface CommitReader {
	/** Newest first; `after` is a number, exclusive. */
	commits(
		tenant: TenantId,
		line: LineId,
		page: Page<number>,
	): Promise<Commit[]>;
	commit(
		tenant: TenantId,
		line: LineId,
		number: number,
	): Promise<Commit | undefined>;
	/** The commit with this id on any line of the catalog. */
	byId(
		tenant: TenantId,
		catalog: CatalogId,
		id: CommitId,
	): Promise<Commit | undefined>;
	/** The greatest number of this line (not of its ancestors) with a time at or before `timeMicros`; 0 without one. */
	numberAt(tenant: TenantId, line: LineId, timeMicros: number): Promise<number>;
	/** The newest commit of this line (not of its ancestors) with merged parents and a number ≤ `atOrBelow`. */
	newestMerge(
		tenant: TenantId,
		line: LineId,
		atOrBelow: number,
	): Promise<Merge | undefined>;
	/** Commits of this line (not of its ancestors) that wrote a key, newest first; `after` is a number, exclusive. */
	ofKey(
		tenant: TenantId,
		line: LineId,
		key: EntryKey,
		page: Page<number>,
	): Promise<Commit[]>;
}

export interface DropReader {
	/** What a line dropped and remembers (sentence L15), the newest first and of one commit by asset, the greatest first. */
	dropped(
		tenant: TenantId,
		line: LineId,
		page: Page<Pick<DroppedAsset, "number" | "asset">>,
	): Promise<DroppedAsset[]>;
}

export interface MergeReader {
	operation(
		tenant: TenantId,
		operation: MergeOperationId,
	): Promise<Versioned<MergeOperation> | undefined>;
	/** By id, the greatest first (ids sort by time). */
	operations(
		tenant: TenantId,
		catalog: CatalogId,
		page: Page<MergeOperationId>,
	): Promise<Versioned<MergeOperation>[]>;
	conflict(
		tenant: TenantId,
		conflict: ConflictId,
	): Promise<Versioned<MergeConflict> | undefined>;
	/** By id. */
	conflicts(
		tenant: TenantId,
		operation: MergeOperationId,
		page: Page<ConflictId>,
	): Promise<Versioned<MergeConflict>[]>;
}

export interface ClaimReader {
	/** Claims at, inside or above a location (which ends with a slash), by location. Not limited to one tenant: locations are the store's. */
	overlapping(location: string, limit: number): Promise<Claim[]>;
	claimsOf(tenant: TenantId, asset: AssetId): Promise<Claim[]>;
}

/** A superseded row of a line, and when it was replaced. */
export interface ExpiredRow extends RowName {
	readonly endedAtMicros: number;
}

export interface HistoryReader {
	/** The lines of a catalog, by id. */
	lines(
		tenant: TenantId,
		catalog: CatalogId,
		page: Page<LineId>,
	): Promise<LineId[]>;
	/** Superseded rows of a line that ended within [from, to] and that no pin shows, the first to end first. */
	expired(
		tenant: TenantId,
		line: LineId,
		ended: { readonly fromMicros: number; readonly toMicros: number },
		limit: number,
	): Promise<ExpiredRow[]>;
	/** Whether a line has reached a number and still keeps it (sentence H3). */
	isKept(tenant: TenantId, line: LineId, number: number): Promise<boolean>;
	/** Of a catalog, by asset and metadata file. */
	garbage(
		tenant: TenantId,
		catalog: CatalogId,
		page: Page<Pick<Garbage, "asset" | "metadataLocation">>,
	): Promise<Garbage[]>;
	/** The metadata files that rows of any line name for an asset, each once, by their text. */
	metadataOf(
		tenant: TenantId,
		asset: AssetId,
		page: Page<string>,
	): Promise<string[]>;
}

export interface WorkReader {
	idempotency(
		tenant: TenantId,
		key: string,
	): Promise<Versioned<IdempotencyRecord> | undefined>;
	/** Records that expired before `nowMillis`, oldest first. */
	expiredIdempotency(
		nowMillis: number,
		limit: number,
	): Promise<Versioned<IdempotencyRecord>[]>;
	job(tenant: TenantId, job: JobId): Promise<Versioned<Job> | undefined>;
	/** Jobs of all tenants that may run now: due, and not leased to anyone; by `runAfterMillis`. */
	dueJobs(nowMillis: number, limit: number): Promise<Versioned<Job>[]>;
	/** Of one asset, by id, the greatest first (ids sort by time); `after` is an id. */
	reports(
		tenant: TenantId,
		asset: AssetId,
		page: Page<string>,
	): Promise<MetricsReport[]>;
	/** When the next job of any tenant becomes due; undefined without jobs. */
	nextJobAtMillis(): Promise<number | undefined>;
}

/**
 * The store cannot answer. `not-applied`: proved that nothing happened (a full
 * queue, a refused connection). `unknown`: the change set may have been applied.
 * Where nobody handles it, it reaches the caller as the error that it is.
 */
export class StoreUnavailable extends PangolinError {
	readonly outcome: "not-applied" | "unknown";

	/** `overloaded`: nothing is broken, the caller may retry soon. */
	constructor(
		outcome: "not-applied" | "unknown",
		message: string,
		options: ErrorOptions & { readonly overloaded?: boolean } = {},
	) {
		super(codeOf(outcome, options.overloaded === true), message, {
			cause: options.cause,
			...(options.overloaded === true ? { retryAfterSeconds: 1 } : {}),
		});
		this.name = "StoreUnavailable";
		this.outcome = outcome;
	}
}

function codeOf(
	outcome: StoreUnavailable["outcome"],
	overloaded: boolean,
): ErrorCode {
	if (outcome === "unknown") return "commit-state-unknown";
	return overloaded ? "overloaded" : "unavailable";
}
