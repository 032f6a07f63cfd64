import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { PangolinError } from "../model/errors.ts";
import type { Keeping } from "../offline.ts";
import { BACKUP_MANIFEST, type BackupManifest } from "./backupFolder.ts";
import { type Command, EXIT, UsageError } from "./command.ts";
import { copyMissing, pathOfLocal } from "./localFiles.ts";
import { type Stages, showStages } from "./progress.ts";
import { keyOf, SIGN_KEY } from "./signing.ts";

export const backup: Command = {
	name: "backup",
	summary: "Copy the store, while servers run",
	usage: "--to PATH [--with-warehouse] [--sign-key PATH]",
	description: `Writes a copy of the store as of one moment to PATH: every commit that was
answered before is in it. The copy of a SQLite file is such a file; of
PostgreSQL and MongoDB it is the file of an export, which can be signed, and
which only its owner may read, since the settings of warehouses are in it. With
--with-warehouse, PATH is a new folder that also gets the files of the
warehouses in the data folder. Other folders (PANGOLIN_LOCAL_ROOTS) and buckets
are not copied.`,
	flags: [
		{ name: "to", value: "PATH", doc: "The new file, or the new folder." },
		{ name: "with-warehouse", doc: "Copy the files of local warehouses too." },
		SIGN_KEY,
	],
	configGroups: ["Storage"],
	run: async ({ flags, config, terminal }) => {
		const to = flags.get("to");
		if (to === undefined || to === "")
			throw new UsageError("backup needs --to PATH");
		const signKey = await keyOf(flags, SIGN_KEY);
		const { openKeeping } = await import("../offline.ts");
		const keeping = await openKeeping(config());
		const target = resolve(to);
		const stages = showStages(terminal.err);
		try {
			if (flags.has("with-warehouse"))
				await backupFolder(keeping, target, signKey, stages);
			else await keeping.copies.backup(target, signKey, stages.update);
		} finally {
			stages.end();
			await keeping.close();
		}
		terminal.out.write(`backup of ${keeping.store} written to ${target}\n`);
		return EXIT.ok;
	},
};

/** How often a backup begins anew because files that it needs were removed meanwhile. */
const ATTEMPTS = 5;

/**
 * Files first, the store then, and files that are new since at last: whatever
 * the store's copy names was either there when the files were copied first,
 * or is copied after it. Files never change once they are written.
 */
async function backupFolder(
	keeping: Keeping,
	target: string,
	signKey: string | undefined,
	stages: Stages,
): Promise<void> {
	if (existsSync(target)) {
		throw new PangolinError(
			"already-exists",
			`${target} exists already; a backup with the warehouse needs a new folder`,
		);
	}
	await mkdir(target, { mode: 0o700 });
	const copy = join(target, keeping.copies.name);
	for (let attempt = 1; ; attempt++) {
		await copyFolders(keeping, target, "files", stages);
		await rm(copy, { force: true });
		await keeping.copies.backup(copy, signKey, stages.update);
		await copyFolders(keeping, target, "new files", stages);
		const missing = await missingFile(keeping, target, copy);
		if (missing === undefined) break;
		if (attempt === ATTEMPTS) {
			throw new PangolinError(
				"unavailable",
				`the backup is not complete: ${missing} is named by the store and was not found`,
			);
		}
	}
	const manifest: BackupManifest = { format: 1, folders: keeping.folders };
	await writeFile(
		join(target, BACKUP_MANIFEST),
		`${JSON.stringify(manifest, null, "\t")}\n`,
	);
}

async function copyFolders(
	{ folders }: Keeping,
	target: string,
	stage: string,
	stages: Stages,
): Promise<void> {
	const copies = folders.map((from) => ({
		from,
		to: join(target, basename(from)),
	}));
	await copyMissing(copies, (done, total) => stages.update(stage, done, total));
}

/** The first metadata file below the data folder that the store's copy names and the backup lacks. */
async function missingFile(
	{ copies, folders }: Keeping,
	target: string,
	copy: string,
): Promise<string | undefined> {
	for await (const { metadataLocation } of copies.pointersOf(copy)) {
		const path = pathOfLocal(metadataLocation);
		const folder = folders.find((each) => path?.startsWith(`${each}/`));
		if (path === undefined || folder === undefined) continue;
		const file = join(target, basename(folder), path.slice(folder.length));
		if (!existsSync(file)) return path;
	}
	return undefined;
}
