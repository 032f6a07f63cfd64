import { ADVANCE_SQL } from "./initial/advance.ts";
import { APPLY_SQL } from "./initial/apply.ts";
import { HISTORY_SQL } from "./initial/history.ts";
import { READING_SQL } from "./initial/reading.ts";
import { RECORDS_SQL } from "./initial/records.ts";
import { RULES_SQL } from "./initial/rules.ts";
import { TABLES_SQL } from "./initial/tables.ts";
import type { Migration } from "./migration.ts";

/** The first schema: tables, what reads them, and what writes them. */
export const INITIAL: Migration = {
	version: 1,
	name: "initial",
	sql: [
		// The bodies are checked where they run: they call one another.
		"SET LOCAL check_function_bodies = off;",
		TABLES_SQL,
		READING_SQL,
		APPLY_SQL,
		ADVANCE_SQL,
		RECORDS_SQL,
		RULES_SQL,
		HISTORY_SQL,
	].join("\n"),
};
