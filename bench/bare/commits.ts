import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

/**
 * The limit of the disk and the runtime for durable commits: the same files
 * (temporary name, fsync, rename, fsync of the folder) and the same rows, in
 * groups, without a server around them.
 */
export interface BareCommits {
	readonly folder: string;
	readonly clients: number;
	readonly milliseconds: number;
	/** Size of one metadata file. */
	readonly bytes: number;
}

process.on("message", (job: BareCommits) => {
	run(job).then(
		(outcome) => process.send?.({ outcome }),
		(error: Error) => process.send?.({ error: error.stack }),
	);
});
process.on("disconnect", () => process.exit(0));

async function run(job: BareCommits) {
	await mkdir(job.folder, { recursive: true });
	const worker = new Worker(new URL("./commitsWriter.ts", import.meta.url), {
		workerData: { path: join(job.folder, "bare.db") },
	});
	const rows = rowWriter(worker);
	await rows(0, "warm-up");
	const bytes = Buffer.alloc(job.bytes, "x");
	const start = performance.now();
	const end = start + job.milliseconds;
	const cpuBefore = process.cpuUsage();
	let commits = 0;
	const client = async (index: number) => {
		const folder = join(job.folder, `table-${index}`);
		await mkdir(folder, { recursive: true });
		for (let version = 0; performance.now() < end; version++) {
			const file = join(folder, `${version}.metadata.json`);
			await writeDurably(folder, file, bytes);
			await rows(index, file);
			commits += 1;
		}
	};
	await Promise.all(Array.from({ length: job.clients }, (_, i) => client(i)));
	const cpu = process.cpuUsage(cpuBefore);
	const seconds = (performance.now() - start) / 1000;
	await worker.terminate();
	await rm(job.folder, { recursive: true });
	return {
		operations: commits,
		seconds,
		cpuMicros: (cpu.user + cpu.system) / commits,
	};
}

async function writeDurably(
	folder: string,
	file: string,
	bytes: Buffer,
): Promise<void> {
	const temporary = `${file}.tmp`;
	const handle = await open(temporary, "wx");
	await handle.writeFile(bytes);
	await handle.sync();
	await handle.close();
	await rename(temporary, file);
	const directory = await open(folder, "r");
	await directory.sync();
	await directory.close();
}

/** Gives each row to the writer thread and resolves when its group is on disk. */
function rowWriter(worker: Worker) {
	const waiting: (() => void)[] = [];
	worker.on("message", (done: number) => {
		for (const resolve of waiting.splice(0, done)) resolve();
	});
	return (table: number, location: string): Promise<void> =>
		new Promise((resolve) => {
			waiting.push(resolve);
			worker.postMessage({ table, location });
		});
}
