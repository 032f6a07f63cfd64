import { DatabaseSync } from "node:sqlite";
import {
	type MessagePort,
	parentPort,
	receiveMessageOnPort,
	workerData,
} from "node:worker_threads";

/** Writes what waits as one transaction: per commit the pointer, its history, the commit and the head. */
interface Row {
	readonly table: number;
	readonly location: string;
}

const port = parentPort;
if (port === null) throw new Error("runs as a worker only");
const database = new DatabaseSync(String(workerData.path));
database.exec(`
	PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
	CREATE TABLE IF NOT EXISTS pointer (tbl INTEGER PRIMARY KEY, location TEXT, number INTEGER) STRICT;
	CREATE TABLE IF NOT EXISTS past (tbl INTEGER, number INTEGER, location TEXT, PRIMARY KEY (tbl, number)) STRICT, WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, id TEXT, message TEXT) STRICT;
	CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY, number INTEGER) STRICT;
	INSERT OR IGNORE INTO head VALUES (1, 0);
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

function write(row: Row): void {
	const number = Number(advance.get()?.number);
	const before = current.get(row.table);
	if (before !== undefined) {
		keep.run(row.table, Number(before.number), String(before.location));
	}
	point.run(row.table, row.location, number);
	record.run(number, `${row.table}-${number}`, "append");
}

function writeGroup(first: Row, from: MessagePort): void {
	let done = 0;
	database.exec("BEGIN IMMEDIATE");
	for (let row: Row | undefined = first; row !== undefined; ) {
		write(row);
		done += 1;
		row = receiveMessageOnPort(from)?.message;
	}
	database.exec("COMMIT");
	from.postMessage(done);
}

port.on("message", (row: Row) => writeGroup(row, port));
