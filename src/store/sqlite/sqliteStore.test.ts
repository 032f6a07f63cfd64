import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { movingConformance } from "../conformance/moving.ts";
import { conformance } from "../conformance/suite.ts";
import { openSqliteMover } from "./mover.ts";
import { openSqliteStore } from "./sqliteStore.ts";

const folder = mkdtempSync(join(tmpdir(), "pangolin-sqlite-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

conformance("SQLite in a file", () =>
	openSqliteStore({ path: join(folder, `${files++}.db`) }),
);
conformance("SQLite in memory", () => openSqliteStore({ path: ":memory:" }));
movingConformance("SQLite in a file", async () => {
	const path = join(folder, `${files++}.db`);
	const open = () => openSqliteStore({ path });
	return { mover: openSqliteMover(path), open };
});
