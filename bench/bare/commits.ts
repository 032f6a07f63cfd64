import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

/**
 * The limit of the disk and the runtime for durable commits: the same files
 * (temporary name, fsync, rename, fsync of the folder) and the same rows, in
 * groups, each on a thread of its own, without a server around them.
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
	mkdirSync(job.folder, { recursive: true });
	const files = startGroups("./filesWriter.ts", { bytes: job.bytes });
	const rows = startGroups("./rowsWriter.ts", {
		path: join(job.folder, "bare.db"),
	});
	await Promise.all([
		files.write(join(job.folder, "warm-up")),
		rows.write("0"),
	]);
	const start = performance.now();
	const end = start + job.milliseconds;
	const cpuBefore = process.cpuUsage();
	let commits = 0;
	const client = async (index: number) => {
		const folder = join(job.folder, `table-${index}`);
		mkdirSync(folder, { recursive: true });
		for (let version = 0; performance.now() < end; version++) {
			await files.write(join(folder, `${version}.metadata.json`));
			await rows.write(String(index));
			commits += 1;
		}
	};
	await Promise.all(Array.from({ length: job.clients }, (_, i) => client(i)));
	const cpu = process.cpuUsage(cpuBefore);
	const seconds = (performance.now() - start) / 1000;
	await Promise.all([files.stop(), rows.stop()]);
	rmSync(job.folder, { recursive: true });
	return {
		operations: commits,
		seconds,
		cpuMicros: (cpu.user + cpu.system) / commits,
	};
}

/** A thread that writes what waits as one group and then says how many those were. */
function startGroups(file: string, workerData: unknown) {
	const worker = new Worker(new URL(file, import.meta.url), { workerData });
	const waiting: (() => void)[] = [];
	worker.on("message", (done: number) => {
		for (const resolve of waiting.splice(0, done)) resolve();
	});
	return {
		write: (message: string): Promise<void> =>
			new Promise((resolve) => {
				waiting.push(resolve);
				worker.postMessage(message);
			}),
		stop: () => worker.terminate(),
	};
}
