import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Branches as copies: each has a row of its own for every table, so that making
 * one copies them all, in one durable transaction.
 */
export interface CopiedBranches {
	readonly folder: string;
	readonly tables: number;
	readonly branches: number;
}

process.on("message", (job: CopiedBranches) => {
	process.send?.({ outcome: run(job) });
});
process.on("disconnect", () => process.exit(0));

function run({ folder, tables, branches }: CopiedBranches) {
	const database = new DatabaseSync(join(folder, "copied.db"));
	database.exec(`
		PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
		CREATE TABLE tbl (branch TEXT, namespace TEXT, name TEXT, id TEXT, uuid TEXT, metadata_location TEXT,
			PRIMARY KEY (branch, namespace, name)) STRICT, WITHOUT ROWID;
		CREATE INDEX tbl_by_location ON tbl (metadata_location);
	`);
	fill(database, tables);
	const copy = database.prepare(
		"INSERT INTO tbl SELECT ?, namespace, name, id, uuid, metadata_location FROM tbl WHERE branch = 'main'",
	);
	const milliseconds: number[] = [];
	for (let i = 0; i < branches; i++) {
		const start = performance.now();
		copy.run(`branch_${i}`);
		milliseconds.push(performance.now() - start);
	}
	database.close();
	rmSync(folder, { recursive: true });
	return { milliseconds };
}

function fill(database: DatabaseSync, tables: number): void {
	const insert = database.prepare(
		"INSERT INTO tbl VALUES ('main', 'bench', ?, ?, ?, ?)",
	);
	database.exec("BEGIN");
	for (let i = 0; i < tables; i++) {
		const uuid = `0190a4d5-7d2c-7c7a-8f00-${String(i).padStart(12, "0")}`;
		const location = `file:///data/warehouse/table-${uuid}/metadata/00000-${uuid}.metadata.json`;
		insert.run(`seeded_${String(i).padStart(7, "0")}`, uuid, uuid, location);
	}
	database.exec("COMMIT");
}
