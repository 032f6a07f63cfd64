import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { PangolinError } from "../model/errors.ts";
import type { Offline } from "../offline.ts";
import {
	BACKUP_DATABASE,
	BACKUP_MANIFEST,
	type BackupManifest,
} from "./backupFolder.ts";
import { type Command, EXIT, type Output, UsageError } from "./command.ts";
import { copyMissing, pathOfLocal } from "./localFiles.ts";
import { showProgress } from "./progress.ts";

export const backup: Command = {
	name: "backup",
	summary: "Copy the database, while the server runs",
	usage: "--to PATH [--with-warehouse]",
	description: `Writes a consistent copy of the database to PATH: every commit that was answered
before is in it. With --with-warehouse, PATH is a new folder that also gets the
files of the warehouses in the data folder. Other folders (PANGOLIN_LOCAL_ROOTS)
are not copied.`,
	flags: [
		{ name: "to", value: "PATH", doc: "The new file, or the new folder." },
		{ name: "with-warehouse", doc: "Copy the files of local warehouses too." },
	],
	configGroups: ["Storage"],
	run: async ({ flags, config, terminal }) => {
		const to = flags.get("to");
		if (to === undefined || to === "")
			throw new UsageError("backup needs --to PATH");
		const { openOffline } = await import("../offline.ts");
		const offline = await openOffline(config());
		const target = resolve(to);
		if (flags.has("with-warehouse"))
			await backupFolder(offline, target, terminal.err);
		else await backupFile(offline, target, terminal.err);
		terminal.out.write(`backup of ${offline.file} written to ${target}\n`);
		return EXIT.ok;
	},
};

async function backupFile(
	offline: Offline,
	target: string,
	err: Output,
): Promise<void> {
	const progress = showProgress(err, "database");
	await offline.backup(target, progress.update);
	progress.end();
}

/** How often a backup begins anew because files that it needs were removed meanwhile. */
const ATTEMPTS = 5;

/**
 * Files first, the database then, and files that are new since at last: whatever
 * the database's copy names was either there when the files were copied first,
 * or is copied after it. Files never change once they are written.
 */
async function backupFolder(
	offline: Offline,
	target: string,
	err: Output,
): Promise<void> {
	if (existsSync(target)) {
		throw new PangolinError(
			"already-exists",
			`${target} exists already; a backup with the warehouse needs a new folder`,
		);
	}
	await mkdir(target, { mode: 0o700 });
	const database = join(target, BACKUP_DATABASE);
	for (let attempt = 1; ; attempt++) {
		await copyFolders(offline, target, "files", err);
		await rm(database, { force: true });
		await backupFile(offline, database, err);
		await copyFolders(offline, target, "new files", err);
		const missing = missingFile(offline, target);
		if (missing === undefined) break;
		if (attempt === ATTEMPTS) {
			throw new PangolinError(
				"unavailable",
				`the backup is not complete: ${missing} is named by the database and was not found`,
			);
		}
	}
	const manifest: BackupManifest = { format: 1, folders: offline.folders };
	await writeFile(
		join(target, BACKUP_MANIFEST),
		`${JSON.stringify(manifest, null, "\t")}\n`,
	);
}

async function copyFolders(
	offline: Offline,
	target: string,
	what: string,
	err: Output,
): Promise<void> {
	const progress = showProgress(err, what);
	const copies = offline.folders.map((from) => ({
		from,
		to: join(target, basename(from)),
	}));
	await copyMissing(copies, progress.update);
	progress.end();
}

/** The first metadata file below the data folder that the copied database names and the copy lacks. */
function missingFile(offline: Offline, target: string): string | undefined {
	const opened = offline.check(join(target, BACKUP_DATABASE));
	try {
		for (const { metadataLocation } of opened.pointers()) {
			const path = pathOfLocal(metadataLocation);
			const folder = offline.folders.find((each) =>
				path?.startsWith(`${each}/`),
			);
			if (path === undefined || folder === undefined) continue;
			const copy = join(target, basename(folder), path.slice(folder.length));
			if (!existsSync(copy)) return path;
		}
		return undefined;
	} finally {
		opened.close();
	}
}
