import {
	closeSync,
	existsSync,
	fsyncSync,
	openSync,
	renameSync,
	rmSync,
	statSync,
} from "node:fs";
import { dirname } from "node:path";
import { PangolinError } from "../../model/errors.ts";
import { numberAt } from "../sql/values.ts";
import { copyDatabase, openDatabase } from "./database.ts";
import { driverFailure, openFailureMessage } from "./driverErrors.ts";
import { MIGRATIONS, migrationRefusal } from "./migrate.ts";
import { canonicalPath, syncFolder, takeOwnership } from "./ownership.ts";

export interface CopyOptions {
	/** Whether a file at the target may be replaced. */
	readonly overwrite?: boolean | undefined;
	/** Bytes so far, and about how many there will be. */
	readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const PROGRESS_INTERVAL_MILLIS = 100;

/**
 * Copies a store's file as of one moment, beside a running server. The copy is
 * one plain file, durable when this resolves, or absent.
 * @throws PangolinError `already-exists`, or `unavailable` in one line
 */
export async function backupSqlite(
	path: string,
	target: string,
	options: CopyOptions = {},
): Promise<void> {
	mustExist(path);
	refuseExisting(target, options);
	await translated(path, async () => {
		refuseForeign(path);
		await copyInto(path, target, options);
	});
}

/** A backup that was read through, and can be put in place. */
export interface SoundBackup {
	/**
	 * Puts it in the place of a store's file. No server may serve that file.
	 * @throws PangolinError `already-exists`, or `unavailable` in one line; also when the backup is not the one any more that was read through
	 */
	restoreTo(path: string, options?: CopyOptions): Promise<void>;
}

/**
 * Reads a backup through, once, before anything has an effect: what is damaged
 * is found while nothing was put in place, the files of tables neither.
 * @throws PangolinError `unavailable` in one line
 */
export async function openBackup(backup: string): Promise<SoundBackup> {
	mustExist(backup);
	const read = stateOf(backup);
	await translated(backup, async () => {
		refuseForeign(backup);
		refuseDamaged(backup);
	});
	return {
		async restoreTo(path, options = {}) {
			if (stateOf(backup) !== read)
				throw new PangolinError(
					"unavailable",
					`${backup} was changed while it was restored`,
				);
			refuseExisting(path, options);
			const release = takeOwnership(path);
			try {
				await translated(backup, () => copyInto(backup, path, options));
			} finally {
				release();
			}
		},
	};
}

/** Another one after each change of a file. */
function stateOf(path: string): string {
	const { ino, size, mtimeNs } = statSync(path, { bigint: true });
	return `${ino} ${size} ${mtimeNs}`;
}

/** Copies beside the target and renames: the target is old or new, never half. */
async function copyInto(
	from: string,
	target: string,
	{ onProgress }: CopyOptions,
): Promise<void> {
	const final = canonicalPath(target);
	const partial = `${final}.partial`;
	removeWithLogs(partial);
	// Nobody may read a copy who could not read the original.
	closeSync(openSync(partial, "wx", statSync(from).mode & 0o777));
	const total = statSync(from).size;
	const report = () => {
		const done = existsSync(partial) ? statSync(partial).size : 0;
		onProgress?.(Math.min(done, total), total);
	};
	const timer = setInterval(report, PROGRESS_INTERVAL_MILLIS);
	try {
		await copyDatabase(from, partial);
		makePlain(partial);
		syncFile(partial);
		// A log of the replaced file must not be taken for one of the new file.
		removeLogs(final);
		renameSync(partial, final);
		syncFolder(dirname(final));
	} catch (error) {
		removeWithLogs(partial);
		throw error;
	} finally {
		clearInterval(timer);
	}
	onProgress?.(total, total);
}

/** Takes the copy out of write-ahead logging, so that it stays one file when it is opened. */
function makePlain(path: string): void {
	const db = openDatabase(path, {});
	try {
		db.exec("PRAGMA journal_mode = DELETE");
	} finally {
		db.close();
	}
}

function refuseForeign(path: string): void {
	const db = openDatabase(path, { readOnly: true, busyTimeoutMillis: 5000 });
	try {
		const refusal = migrationRefusal(db, MIGRATIONS);
		const tables = db.prepare("SELECT count(*) FROM sqlite_schema").get() ?? [];
		const reason =
			refusal ?? (numberAt(tables, 0) === 0 ? "it is empty" : undefined);
		if (reason !== undefined)
			throw new PangolinError(
				"unavailable",
				`${path} is not copied: ${reason}`,
			);
	} finally {
		db.close();
	}
}

function refuseDamaged(path: string): void {
	const db = openDatabase(path, { readOnly: true });
	try {
		const result = db.prepare("PRAGMA integrity_check(1)").get()?.[0];
		if (result !== "ok")
			throw new PangolinError("unavailable", `${path} is damaged: ${result}`);
	} finally {
		db.close();
	}
}

function mustExist(path: string): void {
	if (!existsSync(path))
		throw new PangolinError("unavailable", `${path} does not exist`);
}

function refuseExisting(path: string, { overwrite }: CopyOptions): void {
	if (overwrite === true || !existsSync(path)) return;
	throw new PangolinError("already-exists", `${path} exists already`);
}

async function translated(
	path: string,
	run: () => Promise<void>,
): Promise<void> {
	try {
		await run();
	} catch (error) {
		if (driverFailure(error) === undefined) throw error;
		throw new PangolinError("unavailable", openFailureMessage(path, error), {
			cause: error,
		});
	}
}

function removeWithLogs(path: string): void {
	rmSync(path, { force: true });
	removeLogs(path);
}

function removeLogs(path: string): void {
	for (const suffix of ["-wal", "-shm", "-journal"])
		rmSync(`${path}${suffix}`, { force: true });
}

function syncFile(path: string): void {
	const handle = openSync(path, "r+");
	try {
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}
