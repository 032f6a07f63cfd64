import type { Stats } from "node:fs";
import {
	copyFile,
	lstat,
	mkdir,
	open,
	opendir,
	rename,
	rm,
	utimes,
} from "node:fs/promises";
import { dirname, join, relative } from "node:path";

export interface FolderCopy {
	readonly from: string;
	readonly to: string;
}

interface FileCopy {
	readonly from: string;
	readonly to: string;
	readonly stats: Stats;
}

/**
 * Copies every file that the other side lacks or has otherwise (by size and
 * time: an engine may still have been writing it when it was copied first).
 * What is removed meanwhile is left out; links are not followed. A copy appears
 * under its name when it is whole and durable.
 */
export async function copyMissing(
	folders: readonly FolderCopy[],
	onProgress: (done: number, total: number) => void,
): Promise<void> {
	const wanted: FileCopy[] = [];
	for (const { from, to } of folders) {
		await mkdir(to, { recursive: true });
		for await (const path of filesBelow(from)) {
			const file = await differing(path, join(to, relative(from, path)));
			if (file !== undefined) wanted.push(file);
		}
	}
	let done = 0;
	onProgress(done, wanted.length);
	const made = new Set<string>();
	for (const file of wanted) {
		await copyWhole(file);
		made.add(dirname(file.to));
		onProgress(++done, wanted.length);
	}
	for (const folder of made) await sync(folder);
}

/** The path of a location of this machine; undefined for others. */
export function pathOfLocal(location: string): string | undefined {
	return location.startsWith("file:///")
		? location.slice("file://".length)
		: undefined;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
	if ((await statsOf(folder)) === undefined) return;
	for await (const entry of await opendir(folder, { recursive: true })) {
		if (entry.isFile()) yield join(entry.parentPath, entry.name);
	}
}

async function differing(
	from: string,
	to: string,
): Promise<FileCopy | undefined> {
	const stats = await statsOf(from);
	if (stats === undefined) return undefined;
	const copy = await statsOf(to);
	const isSame = copy?.size === stats.size && seconds(copy) === seconds(stats);
	return isSame ? undefined : { from, to, stats };
}

/** What every file system keeps of a time. */
function seconds(stats: Stats): number {
	return Math.floor(stats.mtimeMs / 1000);
}

async function copyWhole({ from, to, stats }: FileCopy): Promise<void> {
	const partial = `${to}.partial`;
	await mkdir(dirname(to), { recursive: true });
	try {
		await copyFile(from, partial);
	} catch (error) {
		if (!isMissing(error)) throw error;
		await rm(partial, { force: true });
		return;
	}
	await utimes(partial, stats.atime, stats.mtime);
	await sync(partial);
	await rename(partial, to);
}

async function sync(path: string): Promise<void> {
	const handle = await open(path);
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

async function statsOf(path: string): Promise<Stats | undefined> {
	try {
		return await lstat(path);
	} catch (error) {
		if (isMissing(error)) return undefined;
		throw error;
	}
}

function isMissing(error: unknown): boolean {
	return error instanceof Error && "code" in error && error.code === "ENOENT";
}
