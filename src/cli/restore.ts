import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PangolinError } from "../model/errors.ts";
import type { Keeping } from "../offline.ts";
import { BACKUP_MANIFEST } from "./backupFolder.ts";
import { type Command, EXIT, UsageError } from "./command.ts";
import { copyMissing } from "./localFiles.ts";
import { type Stages, showStages } from "./progress.ts";
import { keyOf, VERIFY_KEY, warnUnchecked } from "./signing.ts";

export const restore: Command = {
	name: "restore",
	summary: "Put a backup in place, before a server runs",
	usage: "--from PATH [--verify-key PATH]",
	description: `Puts a backup (a file, or a folder of \`backup --with-warehouse\`) into the store
of the configuration. Nothing is overwritten: a SQLite file that is there
already must be moved away first, unless it is empty and the backup is an
export; a database must be empty, as it is before a server has been started on
it. An export is read through first; one that is damaged or, with --verify-key,
not signed by that key is refused. The store comes in one step, and last: a
restore that was interrupted is simply run again. Tables name their files by
absolute paths, so a backup with the warehouse is restored to the folder it came
from.`,
	flags: [{ name: "from", value: "PATH", doc: "The backup." }, VERIFY_KEY],
	configGroups: ["Storage"],
	run: async ({ flags, config, terminal }) => {
		const from = flags.get("from");
		if (from === undefined || from === "")
			throw new UsageError("restore needs --from PATH");
		const verifyKey = await keyOf(flags, VERIFY_KEY);
		const { openKeeping } = await import("../offline.ts");
		const keeping = await openKeeping(config());
		const source = resolve(from);
		const stages = showStages(terminal.err);
		try {
			const isFolder = (await stat(source)).isDirectory();
			const copy = isFolder ? copyIn(source) : source;
			const folders = isFolder ? await foldersOf(keeping, source) : [];
			const opened = await keeping.copies.open(copy, verifyKey, stages.update);
			await opened.requireEmpty();
			await restoreFolders(source, folders, stages);
			// Last, so that a restore that was interrupted has not put a store in place.
			await opened.restore(stages.update);
			stages.end();
			warnUnchecked(terminal.err, opened.signature);
		} finally {
			stages.end();
			await keeping.close();
		}
		terminal.out.write(
			`${source} restored to ${keeping.store}; \`pangolin check\` looks it over\n`,
		);
		return EXIT.ok;
	},
};

/** The copy of the store in the folder of a backup. */
function copyIn(folder: string): string {
	const found = COPY_NAMES.map((name) => join(folder, name)).find(existsSync);
	if (found !== undefined) return found;
	throw notABackup(folder, `${COPY_NAMES.join(" or ")} is missing`);
}

const COPY_NAMES: readonly Keeping["copies"]["name"][] = [
	"pangolin.db",
	"pangolin.export",
];

function notABackup(folder: string, why: string): PangolinError {
	return new PangolinError("unavailable", `${folder} is not a backup: ${why}`);
}

async function restoreFolders(
	source: string,
	folders: readonly string[],
	stages: Stages,
): Promise<void> {
	if (folders.length === 0) return;
	await copyMissing(
		folders.map((to) => ({ from: join(source, basename(to)), to })),
		(done, total) => stages.update("files", done, total),
	);
}

/** Where the files of a backup go: where they came from. */
async function foldersOf(
	keeping: Keeping,
	source: string,
): Promise<readonly string[]> {
	const path = join(source, BACKUP_MANIFEST);
	const manifest: unknown = existsSync(path)
		? JSON.parse(await readFile(path, "utf8"))
		: undefined;
	if (!isManifest(manifest))
		throw notABackup(
			source,
			`${BACKUP_MANIFEST} is missing or of another version`,
		);
	const { folders } = manifest;
	const moved = folders.find((folder) => !keeping.folders.includes(folder));
	if (moved !== undefined)
		throw new UsageError(
			`the tables of this backup lie in ${moved}, and their metadata names that path; restore with PANGOLIN_DATA_DIR=${dirname(moved)}`,
		);
	return folders;
}

function isManifest(value: unknown): value is { folders: string[] } {
	return (
		typeof value === "object" &&
		value !== null &&
		"format" in value &&
		value.format === 1 &&
		"folders" in value &&
		Array.isArray(value.folders) &&
		value.folders.every((folder) => typeof folder === "string")
	);
}
