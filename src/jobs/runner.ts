import type { JobDeps, JobSettings } from "./deps.ts";
import { DEFAULT_JOB_SETTINGS } from "./deps.ts";
import { expireIdempotency } from "./expireIdempotency.ts";
import { takeLease } from "./lease.ts";
import { work } from "./work.ts";

export interface JobRunner {
	/** A job may be due now. */
	kick(): void;
	/** Resolves when no job is due and none runs. */
	idle(): Promise<void>;
	/** Takes no more jobs; those that run give theirs back at the next safe point. */
	stop(): Promise<void>;
}

const SHORTEST_WAIT_MILLIS = 50;

/**
 * Runs the jobs of the store until it is stopped. Any number of runners may
 * work on one store: each job is leased by one at a time, and taken over when
 * its runner dies. Its timers do not keep the process alive.
 */
export function startJobs(
	given: Omit<JobDeps, "settings"> & {
		readonly settings?: Partial<JobSettings> | undefined;
	},
): JobRunner {
	const settings = { ...DEFAULT_JOB_SETTINGS, ...given.settings };
	const deps: JobDeps = { ...given, settings };
	const owner = deps.newUuid();
	const stopping = new AbortController();
	const running = new Set<Promise<void>>();
	let sweepAtMillis = 0;
	let timer: NodeJS.Timeout | undefined;
	let turn: Promise<void> | undefined;
	let kicked = false;

	function kick(): void {
		kicked = true;
		if (stopping.signal.aborted || turn !== undefined) return;
		turn = takeTurns().finally(() => {
			turn = undefined;
			if (kicked) kick();
		});
	}

	async function takeTurns(): Promise<void> {
		while (kicked && !stopping.signal.aborted) {
			kicked = false;
			let waitMillis = settings.pollMillis;
			try {
				await sweep();
				await startDueJobs();
				waitMillis = await untilNextJob();
			} catch (error) {
				deps.observe({ kind: "background-error", where: "jobs", error });
			}
			clearTimeout(timer);
			timer = setTimeout(kick, waitMillis).unref();
		}
	}

	async function sweep(): Promise<void> {
		if (deps.clock() < sweepAtMillis) return;
		sweepAtMillis = deps.clock() + settings.sweepMillis;
		await expireIdempotency(deps, stopping.signal);
	}

	async function startDueJobs(): Promise<void> {
		while (running.size < settings.concurrency && !stopping.signal.aborted) {
			const free = settings.concurrency - running.size;
			const due = await deps.store.work.dueJobs(deps.clock(), free);
			if (due.length === 0) return;
			for (const job of due) {
				const lease = await takeLease(deps, owner, job, stopping.signal);
				if (lease === undefined) continue;
				const end = work(deps, lease, stopping.signal).finally(() => {
					running.delete(end);
					kick();
				});
				running.add(end);
			}
		}
	}

	async function untilNextJob(): Promise<number> {
		// The end of a running job kicks; until then there is nobody to take one.
		if (running.size >= settings.concurrency) return settings.pollMillis;
		const next = await deps.store.work.nextJobAtMillis();
		if (next === undefined) return settings.pollMillis;
		const wait = Math.max(next - deps.clock(), SHORTEST_WAIT_MILLIS);
		return Math.min(wait, settings.pollMillis);
	}

	async function settled(): Promise<void> {
		while (turn !== undefined || running.size > 0)
			await Promise.all([turn, ...running]);
	}

	kick();
	return {
		kick,
		idle: settled,
		async stop() {
			stopping.abort();
			await settled();
			clearTimeout(timer);
		},
	};
}
