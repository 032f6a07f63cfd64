import { readFileSync } from "node:fs";

/**
 * The limit of the runtime for metadata: one read, one parse and one
 * serialisation of a file, CPU microseconds each. Message: `{path, milliseconds}`.
 */
process.on("message", (job: { path: string; milliseconds: number }) => {
	const text = readFileSync(job.path, "utf8");
	const parsed: unknown = JSON.parse(text);
	process.send?.({
		readMicros: cpuMicrosOf(job.milliseconds, () => readFileSync(job.path)),
		parseMicros: cpuMicrosOf(job.milliseconds, () => JSON.parse(text)),
		stringifyMicros: cpuMicrosOf(job.milliseconds, () =>
			Buffer.from(JSON.stringify(parsed)),
		),
	});
});
process.on("disconnect", () => process.exit(0));

function cpuMicrosOf(milliseconds: number, run: () => unknown): number {
	for (let i = 0; i < 3; i++) run();
	const before = process.cpuUsage();
	const end = performance.now() + milliseconds;
	let count = 0;
	while (performance.now() < end) {
		run();
		count += 1;
	}
	const cpu = process.cpuUsage(before);
	return (cpu.user + cpu.system) / count;
}
