import { MIGRATIONS } from "../../../src/store/postgres/migrate.ts";
import type { Migration } from "../../../src/store/postgres/migrations/migration.ts";

/** A step that the next version might make: it changes rows, and what reads them. */
export const NEXT: Migration = {
	version: MIGRATIONS.length + 1,
	name: "next",
	sql: `ALTER TABLE commits ADD COLUMN place text COLLATE "C";
UPDATE commits SET place = id || ' ' || number;
ALTER TABLE commits ALTER COLUMN place SET NOT NULL;
CREATE TABLE places (place text COLLATE "C" PRIMARY KEY, line bigint NOT NULL);
INSERT INTO places SELECT place, line FROM commits;
CREATE INDEX places_by_line ON places (line);
DELETE FROM reports;
CREATE FUNCTION place_of(of_line bigint) RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT place FROM places WHERE line = of_line';
DROP INDEX jobs_by_due;
ALTER TABLE warehouses RENAME COLUMN vending_strategy TO vending;
`,
};
