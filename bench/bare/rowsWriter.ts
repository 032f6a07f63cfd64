import { DatabaseSync } from "node:sqlite";
import { workerData } from "node:worker_threads";
import { serveGroups } from "./groups.ts";

/** Per commit the pointer, its history, the commit and the head; one transaction per group. */
const database = new DatabaseSync(String(workerData.path));
database.exec(`
	PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
	CREATE TABLE pointer (tbl TEXT PRIMARY KEY, location TEXT, number INTEGER) STRICT, WITHOUT ROWID;
	CREATE INDEX pointer_by_location ON pointer (location);
	CREATE TABLE past (tbl TEXT, number INTEGER, location TEXT, PRIMARY KEY (tbl, number)) STRICT, WITHOUT ROWID;
	CREATE INDEX past_by_location ON past (location);
	CREATE TABLE entry (number INTEGER PRIMARY KEY, id TEXT, message TEXT) STRICT;
	CREATE TABLE head (one INTEGER PRIMARY KEY, number INTEGER) STRICT;
	INSERT INTO head VALUES (1, 0);
`);
const advance = database.prepare(
	"UPDATE head SET number = number + 1 WHERE one = 1 RETURNING number",
);
const current = database.prepare(
	"SELECT location, number FROM pointer WHERE tbl = ?",
);
const keep = database.prepare("INSERT INTO past VALUES (?, ?, ?)");
const point = database.prepare(
	"INSERT INTO pointer VALUES (?, ?, ?) ON CONFLICT (tbl) DO UPDATE SET location = excluded.location, number = excluded.number",
);
const record = database.prepare("INSERT INTO entry VALUES (?, ?, ?)");

serveGroups(async (group) => {
	database.exec("BEGIN IMMEDIATE");
	for (const table of group) write(table);
	database.exec("COMMIT");
});

function write(table: string): void {
	const number = Number(advance.get()?.number);
	const before = current.get(table);
	if (before !== undefined) {
		keep.run(table, Number(before.number), String(before.location));
	}
	const location = `file:///data/warehouse/${table}-0190a4d5-7d2c/metadata/${number}-3f1b5a8e-5d5d-4c0a-9d6a-7c0f5f0e2b1a.metadata.json`;
	point.run(table, location, number);
	record.run(number, `0190a4d5-7d2c-7c7a-8f00-${number}`, "append");
}
