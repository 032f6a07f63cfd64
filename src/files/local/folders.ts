import type * as nodeFs from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "./errno.ts";
import { errnoText, type SyncFs, syncAndClose } from "./syncing.ts";

/** The synchronous calls that this file makes; `realPath` is `realpathSync.native`. */
export type FolderFs = Pick<
	typeof nodeFs,
	"openSync" | "mkdirSync" | "statSync" | "fstatSync"
> &
	SyncFs & { realPath(path: string): string };

export interface Folders {
	/**
	 * Makes a folder and those above it, up to the root, which must exist.
	 * @returns false when a link is on the way
	 * @throws errors of the file system
	 */
	ensure(root: string, folder: string): boolean;
	/** The folders to sync so that a new file in `folder` survives a power cut: itself, and those whose entry for the next one may not be durable. */
	unsynced(root: string, folder: string): string[];
	/** Syncs each folder once. @returns those that failed, with the errno */
	sync(folders: readonly string[]): Promise<Map<string, string>>;
}

/** Bounds the memory of what is known; forgetting costs a few extra syncs. */
const MAX_KNOWN = 10_000;

/**
 * Makes folders durably and remembers which are, by their identity: a folder
 * that was removed and made again is another one.
 */
export function openFolders(fs: FolderFs): Folders {
	/** Folder to identity; the entry of the folder in its parent is durable, and so on up to the root. */
	const durable = new Map<string, string>();

	return {
		ensure: (root, folder) => ensureFolder(fs, root, folder),
		unsynced(root, folder) {
			const found = [folder];
			for (let at = folder; at !== root; at = dirname(at)) {
				if (durable.get(at) === identity(fs.statSync(at))) break;
				found.push(dirname(at));
			}
			return found;
		},
		async sync(folders) {
			const broken = new Map<string, string>();
			const open = openAll(fs, new Set(folders), broken);
			const errnos = await syncAndClose(
				fs,
				open.map(({ handle }) => handle),
			);
			open.forEach(({ path }, i) => {
				const errno = errnos[i];
				if (errno !== undefined) broken.set(path, errno);
			});
			// After a failure nothing is certain about the folders above it.
			if (broken.size > 0 || durable.size > MAX_KNOWN) durable.clear();
			if (broken.size > 0) return broken;
			const synced = new Set(open.map(({ path }) => path));
			for (const { path, id } of open)
				if (synced.has(dirname(path))) durable.set(path, id);
			return broken;
		},
	};
}

function identity(stats: nodeFs.Stats): string {
	return `${stats.ino}:${stats.birthtimeMs}`;
}

function ensureFolder(fs: FolderFs, root: string, folder: string): boolean {
	const missing: string[] = [];
	for (let at = folder; ; at = dirname(at)) {
		const real = existingPath(fs, at, at === root);
		if (real === at) break;
		if (real !== undefined) return false;
		missing.push(at);
	}
	for (const at of missing.reverse()) makeFolder(fs, at);
	return missing.length === 0 || fs.realPath(folder) === folder;
}

function existingPath(
	fs: FolderFs,
	path: string,
	mustExist: boolean,
): string | undefined {
	try {
		return fs.realPath(path);
	} catch (error) {
		if (!mustExist && errnoOf(error) === "ENOENT") return undefined;
		throw error;
	}
}

function makeFolder(fs: FolderFs, folder: string): void {
	try {
		fs.mkdirSync(folder);
	} catch (error) {
		if (errnoOf(error) !== "EEXIST") throw error;
	}
}

interface OpenFolder {
	readonly path: string;
	readonly handle: number;
	/** Its identity, so that another folder of this name is not taken for it. */
	readonly id: string;
}

function openAll(
	fs: FolderFs,
	folders: ReadonlySet<string>,
	broken: Map<string, string>,
): OpenFolder[] {
	const open: OpenFolder[] = [];
	for (const path of folders) {
		try {
			const handle = fs.openSync(path, "r");
			open.push({ path, handle, id: identity(fs.fstatSync(handle)) });
		} catch (error) {
			broken.set(path, errnoText(error));
		}
	}
	return open;
}
