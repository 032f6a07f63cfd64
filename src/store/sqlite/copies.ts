import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { PangolinError } from "../../model/errors.ts";
import { pointersOf } from "../checking/pointers.ts";
import type { StoreCopies } from "../copies.ts";
import { stage } from "../copies.ts";
import { backupSqlite, openBackup } from "./backup.ts";
import { openSqliteMover } from "./mover.ts";

/** Copies of a SQLite file, as they can be opened too. */
export function sqliteCopies(path: string): StoreCopies {
	return {
		name: "pangolin.db",
		async backup(target, signKey, onStage) {
			if (signKey !== undefined) throw unsigned();
			const onProgress = stage(onStage, "database");
			await backupSqlite(path, target, { onProgress });
		},
		async open(copy, verifyKey) {
			if (verifyKey !== undefined) throw unsigned();
			const backup = await openBackup(copy);
			return {
				signature: "none",
				async requireEmpty() {
					if (existsSync(path))
						throw new PangolinError(
							"already-exists",
							`${path} exists already; move it away first`,
						);
				},
				async restore(onStage) {
					const onProgress = stage(onStage, "database");
					await backup.restoreTo(path, { onProgress });
					await chmod(path, 0o600);
				},
			};
		},
		pointersOf: (copy) => pointersOf(openSqliteMover(copy).dump(undefined)),
	};
}

function unsigned(): PangolinError {
	return new PangolinError(
		"bad-request",
		"a copy of a SQLite file carries no signature: `pangolin export --sign-key` writes a signed file, which `restore --verify-key` takes",
	);
}
