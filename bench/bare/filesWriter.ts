import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { workerData } from "node:worker_threads";
import { serveGroups } from "./groups.ts";

const content = Buffer.alloc(Number(workerData.bytes), "x");

serveGroups((group) => {
	for (const file of group) writeDurably(file);
	for (const folder of new Set(group.map(dirname))) syncFolder(folder);
});

function writeDurably(file: string): void {
	const temporary = `${file}.tmp`;
	const handle = openSync(temporary, "wx");
	writeSync(handle, content);
	fsyncSync(handle);
	closeSync(handle);
	renameSync(temporary, file);
}

function syncFolder(folder: string): void {
	const handle = openSync(folder, "r");
	fsyncSync(handle);
	closeSync(handle);
}
