import type { Job } from "../store/records.ts";
import type { JobDeps, JobResult } from "./deps.ts";
import { runJob } from "./kinds.ts";
import { type Lease, LeaseLost } from "./lease.ts";

const MAX_ERROR_LENGTH = 1000;

/** Does a leased job and writes down what became of it. Never throws. */
export async function work(
	deps: JobDeps,
	lease: Lease,
	stopping: AbortSignal,
): Promise<void> {
	const startedAtMillis = deps.clock();
	try {
		const result = await runJob(deps, lease);
		await writeDown(deps, lease, result);
		if (result.outcome !== "later")
			observeEnd(deps, lease.job, startedAtMillis, result.summary);
	} catch (error) {
		if (error instanceof LeaseLost && !stopping.aborted) return;
		await giveBack(deps, lease, error, stopping.aborted).catch((failure) => {
			if (failure instanceof LeaseLost) return;
			deps.observe({
				kind: "background-error",
				where: "jobs",
				error: failure,
			});
		});
	}
}

async function writeDown(
	deps: JobDeps,
	lease: Lease,
	result: JobResult,
): Promise<void> {
	if (result.outcome === "done") return lease.end(result.changes, undefined);
	if (result.outcome === "again")
		return lease.end([], {
			runAfterMillis: result.runAfterMillis,
			attempts: 0,
			lastError: null,
		});
	return lease.end(result.changes, {
		runAfterMillis: result.runAfterMillis ?? retryAtMillis(deps, lease.job),
		lastError: result.because,
	});
}

/** After a stop the next runner begins at once; after a failure it waits. */
async function giveBack(
	deps: JobDeps,
	lease: Lease,
	error: unknown,
	isStop: boolean,
): Promise<void> {
	if (isStop) return lease.end([], {});
	const runAfterMillis = retryAtMillis(deps, lease.job);
	const { kind, id, attempts } = lease.job;
	deps.observe({
		kind: "job-failed",
		jobKind: kind,
		job: id,
		attempts,
		retryAtMillis: runAfterMillis,
		error,
	});
	const lastError = String(error).slice(0, MAX_ERROR_LENGTH).toWellFormed();
	await lease.end([], { runAfterMillis, lastError });
}

function retryAtMillis({ clock, settings }: JobDeps, job: Job): number {
	const doubled = settings.retryMillis * 2 ** Math.min(job.attempts - 1, 30);
	return clock() + Math.min(doubled, settings.longestRetryMillis);
}

function observeEnd(
	{ observe, clock }: JobDeps,
	{ kind, id, attempts }: Job,
	startedAtMillis: number,
	summary: string,
): void {
	observe({
		kind: "job-finished",
		jobKind: kind,
		job: id,
		attempts,
		durationMillis: clock() - startedAtMillis,
		summary,
	});
}
