import type { AdvanceResult } from "../../applyInOrder.ts";
import type {
	Advance,
	EntryChange,
	Refusal,
	RequireHead,
} from "../../changes.ts";
import { namespacePath, writtenKeys } from "../../entryKeys.ts";
import { entryRefusal } from "../../entryRefusal.ts";
import type { Commit, EntryKey, EntryRow } from "../../records.ts";
import {
	COMMIT_COLUMNS,
	commitParams,
	ENTRY_COLUMNS,
	entryParams,
	spaceNumber,
} from "../../sql/contents.ts";
import { numberAt, textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { Level } from "../lines.ts";
import { entriesAt, entryAt, readChain } from "../lines.ts";

const VALUE = ENTRY_COLUMNS.join(", ");
const KEY = "line = ? AND space = ? AND parent = ? AND name = ?";
const HEAD =
	"SELECT head, head_time_micros, catalog_id FROM lines WHERE tenant_id = ? AND id = ?";
const BRANCH = `SELECT 1 FROM refs
	WHERE tenant_id = ? AND catalog_id = ? AND name = ? AND line_id = ? AND kind = 'branch'`;
const SET_HEAD =
	"UPDATE lines SET head = ?, head_time_micros = ? WHERE seq = ?";
const SUPERSEDE = `INSERT INTO superseded
	(line, space, parent, name, from_number, to_number, ended_at_micros, ${VALUE})
	SELECT line, space, parent, name, number, ?, ?, ${VALUE} FROM entries
	WHERE ${KEY} AND number < ?`;
// A new version of the same table keeps its kind and id, and so most of its indexes.
const REPOINT = `UPDATE entries SET number = ?, uuid = ?, metadata_location = ?
	WHERE ${KEY} AND kind = ? AND asset_id = ?`;
const WRITE = `INSERT INTO entries (line, space, parent, name, number, ${VALUE})
	VALUES (?, ?, ?, ?, ?, ${ENTRY_COLUMNS.map(() => "?").join(", ")})
	ON CONFLICT DO UPDATE SET number = excluded.number,
	${ENTRY_COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")}`;
const COMMIT = `INSERT INTO commits (line, ${COMMIT_COLUMNS.join(", ")})
	VALUES (?, ${COMMIT_COLUMNS.map(() => "?").join(", ")})`;

const MERGE = `INSERT INTO merges (line, number, position, parent_line, parent_number)
	VALUES (?, ?, ?, ?, ?)`;

const REMEMBER = `INSERT INTO dropped (line, asset_id, number, space, parent, name)
	VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET number = excluded.number,
	space = excluded.space, parent = excluded.parent, name = excluded.name`;
const FORGET = "DELETE FROM dropped WHERE line = ? AND asset_id = ?";

/** Appends one commit to a line, or says what refused it. */
export function applyAdvance(db: Database, change: Advance): AdvanceResult {
	const line = db.prepare(HEAD).get(change.tenant, change.line);
	if (line === undefined || textAt(line, 2) !== change.catalog)
		return { refused: "missing" };
	if (!isOfBranch(db, change)) return { refused: "missing" };
	const levels = readChain(db, change.tenant, change.line);
	const [own] = levels;
	if (own === undefined) return { refused: "missing" };
	const number = numberAt(line, 0) + 1;
	const timeMicros = Math.max(change.nowMicros, numberAt(line, 1) + 1);
	const view = {
		shows: (key: EntryKey) => entryAt(db, levels, key) !== undefined,
		showsContent: (key: EntryKey) => showsContent(db, levels, key),
	};
	for (const [entry, entryChange] of change.entries.entries()) {
		const shown = entryAt(db, levels, entryChange.key);
		const refused = entryRefusal(view, entryChange, shown);
		if (refused !== undefined) return { refused, entry };
		if (entryChange.op === "require") continue;
		writeRow(db, own.seq, entryChange, number, timeMicros);
		remember(db, own.seq, entryChange, shown, number);
	}
	const keys = writtenKeys(change.entries);
	const commit = { ...change.commit, number, timeMicros, keys };
	writeCommit(db, own.seq, commit);
	db.prepare(SET_HEAD).run(number, timeMicros, own.seq);
	return { applied: { line: change.line, number, timeMicros } };
}

function writeCommit(
	db: Database,
	seq: number,
	commit: Omit<Commit, "line">,
): void {
	const { number, mergedParents } = commit;
	db.prepare(COMMIT).run(seq, ...commitParams(commit));
	for (const [position, parent] of mergedParents.entries())
		db.prepare(MERGE).run(seq, number, position, parent.line, parent.number);
}

/** See `RequireHead`. */
export function headRefusal(
	db: Database,
	{ tenant, line, head }: RequireHead,
): Refusal | undefined {
	const row = db.prepare(HEAD).get(tenant, line);
	if (row === undefined) return "missing";
	return numberAt(row, 0) === head ? undefined : "stale";
}

function isOfBranch(
	db: Database,
	{ tenant, catalog, line, branch }: Advance,
): boolean {
	if (branch === undefined) return true;
	return db.prepare(BRANCH).get(tenant, catalog, branch, line) !== undefined;
}

function showsContent(
	db: Database,
	levels: readonly Level[],
	namespace: EntryKey,
): boolean {
	const parent = namespacePath(namespace);
	return (["namespace", "object"] as const).some((space) => {
		const range = { space, parent, after: undefined };
		return entriesAt(db, levels, range, 100).next().done !== true;
	});
}

function writeRow(
	db: Database,
	seq: number,
	change: Exclude<EntryChange, { op: "require" }>,
	number: number,
	timeMicros: number,
): void {
	const { space, parent, name } = change.key;
	const key = [seq, spaceNumber(space), parent, name] as const;
	db.prepare(SUPERSEDE).run(number, timeMicros, ...key, number);
	const entry = change.op === "drop" ? null : change.entry;
	if (
		change.op === "replace" &&
		(entry?.kind === "table" || entry?.kind === "view")
	) {
		const { uuid, metadataLocation, kind, id } = entry;
		const repointed = db
			.prepare(REPOINT)
			.run(number, uuid, metadataLocation, ...key, kind, id);
		if (repointed === 1) return;
	}
	db.prepare(WRITE).run(...key, number, ...entryParams(entry));
}

/** Sentence L15. */
function remember(
	db: Database,
	seq: number,
	change: Exclude<EntryChange, { op: "require" }>,
	shown: EntryRow | undefined,
	number: number,
): void {
	const asset = shown?.entry.id;
	const written = change.op === "drop" ? undefined : change.entry.id;
	if (asset === written) return;
	if (asset !== undefined) {
		const { space, parent, name } = change.key;
		if (change.op === "drop" && change.isFinal === true)
			db.prepare(FORGET).run(seq, asset);
		else
			db.prepare(REMEMBER).run(
				...[seq, asset, number, spaceNumber(space), parent, name],
			);
	}
	if (written !== undefined) db.prepare(FORGET).run(seq, written);
}
