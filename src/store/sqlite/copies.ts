import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { PangolinError } from "../../model/errors.ts";
import { pointersOf } from "../checking/pointers.ts";
import type { StoreCopies } from "../copies.ts";
import { stage } from "../copies.ts";
import { backupSqlite, restoreSqlite } from "./backup.ts";
import { openSqliteMover } from "./mover.ts";

/** Copies of a SQLite file, as they can be opened too. */
export function sqliteCopies(path: string): StoreCopies {
	return {
		name: "pangolin.db",
		backup: (target, onStage) =>
			backupSqlite(path, target, { onProgress: stage(onStage, "database") }),
		async requireEmpty() {
			if (existsSync(path))
				throw new PangolinError(
					"already-exists",
					`${path} exists already; move it away first`,
				);
		},
		async restore(copy, onStage) {
			const onProgress = stage(onStage, "database");
			await restoreSqlite(copy, path, { onProgress });
			await chmod(path, 0o600);
		},
		pointersOf: (copy) => pointersOf(openSqliteMover(copy).dump(undefined)),
	};
}
