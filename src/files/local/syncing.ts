import type * as nodeFs from "node:fs";
import { errnoOf } from "./errno.ts";

/** The two ways to sync; `fsync` is that of `node:fs` with a promise. */
export type SyncFs = Pick<typeof nodeFs, "fsyncSync" | "closeSync"> & {
	fsync(handle: number): Promise<void>;
};

/**
 * Syncs open files or folders and closes them. Several go at the same time,
 * because the file system then makes one journal entry of them; one alone is
 * cheaper without the hop to another thread.
 * @returns the errno of each that failed, in order
 */
export async function syncAndClose(
	fs: SyncFs,
	handles: readonly number[],
): Promise<(string | undefined)[]> {
	const [only] = handles;
	if (only !== undefined && handles.length === 1) {
		const errno = attempt(() => fs.fsyncSync(only));
		const closing = attempt(() => fs.closeSync(only));
		return [errno ?? closing];
	}
	return Promise.all(
		handles.map(async (handle) => {
			const errno = await synced(fs, handle);
			const closing = attempt(() => fs.closeSync(handle));
			return errno ?? closing;
		}),
	);
}

async function synced(fs: SyncFs, handle: number): Promise<string | undefined> {
	try {
		await fs.fsync(handle);
		return undefined;
	} catch (error) {
		return errnoText(error);
	}
}

/** @returns the errno when it failed */
function attempt(run: () => void): string | undefined {
	try {
		run();
		return undefined;
	} catch (error) {
		return errnoText(error);
	}
}

export function errnoText(error: unknown): string {
	return errnoOf(error) ?? String(error);
}
