import {
	closeSync,
	fsync,
	fsyncSync,
	openSync,
	renameSync,
	writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { workerData } from "node:worker_threads";
import { serveGroups } from "./groups.ts";

const content = Buffer.alloc(Number(workerData.bytes), "x");
const synced = promisify(fsync);

/** Syncs that run side by side share the journal's commits: more than twice as fast as one after the other. */
serveGroups(async (group) => {
	const handles = group.map((file) => {
		const handle = openSync(`${file}.tmp`, "wx");
		writeSync(handle, content);
		return handle;
	});
	await syncAll(handles);
	for (const file of group) renameSync(`${file}.tmp`, file);
	const folders = new Set(group.map(dirname));
	await syncAll([...folders].map((folder) => openSync(folder, "r")));
});

async function syncAll(handles: readonly number[]): Promise<void> {
	const [only] = handles;
	// One alone is cheaper without the hop to another thread.
	if (only !== undefined && handles.length === 1) fsyncSync(only);
	else await Promise.all(handles.map((handle) => synced(handle)));
	for (const handle of handles) closeSync(handle);
}
