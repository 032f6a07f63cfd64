import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { conformance } from "../conformance/suite.ts";
import { openSqliteStore } from "./sqliteStore.ts";

const folder = mkdtempSync(join(tmpdir(), "pangolin-sqlite-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

conformance("SQLite in a file", () =>
	openSqliteStore({ path: join(folder, `${files++}.db`) }),
);
conformance("SQLite in memory", () => openSqliteStore({ path: ":memory:" }));
