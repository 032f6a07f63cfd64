import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PangolinError } from "../model/errors.ts";
import type { Offline } from "../offline.ts";
import { BACKUP_DATABASE, BACKUP_MANIFEST } from "./backupFolder.ts";
import { type Command, EXIT, type Output, UsageError } from "./command.ts";
import { copyMissing } from "./localFiles.ts";
import { showProgress } from "./progress.ts";

export const restore: Command = {
	name: "restore",
	summary: "Put a backup in place, while no server runs",
	usage: "--from PATH",
	description: `Puts a backup (a file, or a folder of \`backup --with-warehouse\`) where the
configuration says that the database is. Nothing is overwritten: a database that
is there already must be moved away first. Tables name their files by absolute
paths, so a backup with the warehouse is restored to the folder it came from.`,
	flags: [{ name: "from", value: "PATH", doc: "The backup." }],
	configGroups: ["Storage"],
	run: async ({ flags, config, terminal }) => {
		const from = flags.get("from");
		if (from === undefined || from === "")
			throw new UsageError("restore needs --from PATH");
		const { openOffline } = await import("../offline.ts");
		const offline = await openOffline(config());
		if (existsSync(offline.file)) {
			throw new PangolinError(
				"already-exists",
				`${offline.file} exists already; move it away first`,
			);
		}
		const source = resolve(from);
		const isFolder = (await stat(source)).isDirectory();
		if (isFolder) await restoreFolders(offline, source, terminal.err);
		// Last, so that a restore that was interrupted has not put a database in place.
		await restoreFile(
			offline,
			isFolder ? join(source, BACKUP_DATABASE) : source,
			terminal.err,
		);
		terminal.out.write(
			`${source} restored to ${offline.file}; \`pangolin check\` looks it over\n`,
		);
		return EXIT.ok;
	},
};

async function restoreFile(
	offline: Offline,
	source: string,
	err: Output,
): Promise<void> {
	const progress = showProgress(err, "database");
	await offline.restore(source, progress.update);
	progress.end();
}

async function restoreFolders(
	offline: Offline,
	source: string,
	err: Output,
): Promise<void> {
	const folders = await foldersOf(source);
	const moved = folders.find((folder) => !offline.folders.includes(folder));
	if (moved !== undefined) {
		throw new UsageError(
			`the tables of this backup lie in ${moved}, and their metadata names that path; restore with PANGOLIN_DATA_DIR=${dirname(moved)}`,
		);
	}
	const progress = showProgress(err, "files");
	await copyMissing(
		folders.map((to) => ({ from: join(source, basename(to)), to })),
		progress.update,
	);
	progress.end();
}

async function foldersOf(source: string): Promise<string[]> {
	const path = join(source, BACKUP_MANIFEST);
	const manifest: unknown = existsSync(path)
		? JSON.parse(await readFile(path, "utf8"))
		: undefined;
	if (!isManifest(manifest))
		throw new PangolinError(
			"unavailable",
			`${source} is not a backup: ${BACKUP_MANIFEST} is missing or of another version`,
		);
	return manifest.folders;
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
