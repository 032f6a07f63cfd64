import type * as nodeFs from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "./errno.ts";
import { type FolderFs, openFolders } from "./folders.ts";
import { errnoText, syncAndClose } from "./syncing.ts";

/** The calls that a durable write makes; an argument, so that tests can make each of them fail. */
export type WriterFs = FolderFs &
	Pick<
		typeof nodeFs,
		"writeFileSync" | "linkSync" | "unlinkSync" | "renameSync" | "lstatSync"
	>;

export interface WriteRequest {
	/** The root, absolute, links resolved, without a trailing slash. */
	readonly root: string;
	/** Absolute, below the root. */
	readonly target: string;
	readonly bytes: Uint8Array;
}

/** Why a write did not happen. `errno` is for the operator. */
export interface WriteFailure {
	readonly reason: "exists" | "link" | "failed";
	readonly errno: string;
}

/** A request whose bytes are in a temporary file. */
interface Staged {
	readonly request: WriteRequest;
	readonly temp: string;
	readonly handle: number;
	/** Folders whose entries must be durable before the write is. */
	readonly unsynced: readonly string[];
}

type Outcome = WriteFailure | "written";

/** Names of temporary files begin and end like this; no location from outside can have such a name. */
const TEMP_PREFIX = ".pangolin-";
const TEMP_SUFFIX = ".tmp";

const STAGE_ATTEMPTS = 3;

/** File systems that have no hard links answer one of these. */
const NO_HARD_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/**
 * Writes files so that each is durable and complete before it is acknowledged:
 * temporary file in the same folder, fsync, hard link to its name (which, unlike
 * rename, never replaces), fsync of every folder with a new entry. Each step is
 * done for the whole batch, and a folder is synced once. Most calls block: it
 * runs on a thread of its own, one batch after the other.
 * @returns one outcome per request, in order
 */
export function openDurableWriter(
	fs: WriterFs,
	uniqueName: () => string,
): (batch: readonly WriteRequest[]) => Promise<Outcome[]> {
	const folders = openFolders(fs);

	function tryToStage(request: WriteRequest): Staged | WriteFailure {
		const folder = dirname(request.target);
		const temp = `${folder}/${TEMP_PREFIX}${uniqueName()}${TEMP_SUFFIX}`;
		if (!folders.ensure(request.root, folder))
			return { reason: "link", errno: "ELOOP" };
		const unsynced = folders.unsynced(request.root, folder);
		const handle = writeTemp(fs, temp, request.bytes);
		return { request, temp, handle, unsynced };
	}

	/** A folder may vanish after it was made sure of, when a purge empties it: then once more. */
	function stage(request: WriteRequest): Staged | WriteFailure {
		for (let attempt = 1; ; attempt++) {
			try {
				return tryToStage(request);
			} catch (error) {
				const errno = errnoText(error);
				if (errno === "ELOOP") return { reason: "link", errno };
				if (errno !== "ENOENT" || attempt === STAGE_ATTEMPTS)
					return { reason: "failed", errno };
			}
		}
	}

	return async (batch) => {
		const staged = batch.map(stage);
		const published = await publishAll(fs, staged);
		const written = staged.filter(
			(one, i): one is Staged => "temp" in one && published[i] === "written",
		);
		const broken = await folders.sync(written.flatMap((one) => one.unsynced));
		return staged.map((one, i) => {
			const outcome = published[i] ?? failure(undefined);
			if (!("temp" in one) || outcome !== "written") return outcome;
			const failed = one.unsynced.find((folder) => broken.has(folder));
			if (failed === undefined) return outcome;
			removeQuietly(fs, one.request.target);
			return { reason: "failed", errno: broken.get(failed) ?? "EIO" };
		});
	};
}

function writeTemp(fs: WriterFs, temp: string, bytes: Uint8Array): number {
	const handle = fs.openSync(temp, "wx");
	try {
		fs.writeFileSync(handle, bytes);
		return handle;
	} catch (error) {
		removeQuietly(fs, temp);
		fs.closeSync(handle);
		throw error;
	}
}

async function publishAll(
	fs: WriterFs,
	staged: readonly (Staged | WriteFailure)[],
): Promise<Outcome[]> {
	const open = staged.filter((one) => "temp" in one);
	const errnos = await syncAndClose(
		fs,
		open.map(({ handle }) => handle),
	);
	const synced = new Map(open.map((one, i) => [one, errnos[i]]));
	return staged.map((one) => {
		if (!("temp" in one)) return one;
		const errno = synced.get(one);
		if (errno === undefined) return publish(fs, one);
		removeQuietly(fs, one.temp);
		return { reason: "failed", errno };
	});
}

function publish(fs: WriterFs, { request, temp }: Staged): Outcome {
	try {
		fs.linkSync(temp, request.target);
		return "written";
	} catch (error) {
		if (!NO_HARD_LINKS.has(errnoOf(error) ?? "")) return failure(error);
		return publishByRename(fs, temp, request.target);
	} finally {
		removeQuietly(fs, temp);
	}
}

/** The second best: two servers that write the same name at the same moment would not notice. */
function publishByRename(fs: WriterFs, temp: string, target: string): Outcome {
	try {
		if (fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined)
			return { reason: "exists", errno: "EEXIST" };
		fs.renameSync(temp, target);
		return "written";
	} catch (error) {
		return failure(error);
	}
}

function failure(error: unknown): WriteFailure {
	const errno = errnoText(error);
	return { reason: errno === "EEXIST" ? "exists" : "failed", errno };
}

/** What stays behind here is removed with its folder; the failure before it is the one to report. */
function removeQuietly(fs: WriterFs, path: string): void {
	try {
		fs.unlinkSync(path);
	} catch {
		// Nothing names this file.
	}
}
