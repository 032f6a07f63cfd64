import type { JobDeps, JobSettings } from "./deps.ts";
import { DEFAULT_JOB_SETTINGS } from "./deps.ts";
import { expireIdempotency } from "./expireIdempotency.ts";
import { takeLease } from "./lease.ts";
import { startCleaning } from "./startCleaning.ts";
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
	const stopping = new AbortController();
	const running = new Set<Promise<void>>();
	const state: State = {
		deps,
		owner: deps.newUuid(),
		stopping: stopping.signal,
		running,
		sweepAtMillis: 0,
		kick,
	};
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
			const waitMillis = await takeTurn(state);
			clearTimeout(timer);
			timer = setTimeout(kick, waitMillis).unref();
		}
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

interface State {
	readonly deps: JobDeps;
	/** Who this runner is in leases. */
	readonly owner: string;
	readonly stopping: AbortSignal;
	readonly running: Set<Promise<void>>;
	sweepAtMillis: number;
	kick(): void;
}

/** Starts what is due. @returns how long to wait for the next turn, unless something kicks */
async function takeTurn(state: State): Promise<number> {
	const { deps } = state;
	try {
		await sweep(state);
		await startDueJobs(state);
		return await untilNextJob(state);
	} catch (error) {
		deps.observe({ kind: "background-error", where: "jobs", error });
		return deps.settings.pollMillis;
	}
}

async function sweep(state: State): Promise<void> {
	const { deps } = state;
	if (deps.clock() < state.sweepAtMillis) return;
	state.sweepAtMillis = deps.clock() + deps.settings.sweepMillis;
	if (deps.settings.cleanMillis > 0) await startCleaning(deps, state.stopping);
	await expireIdempotency(deps, state.stopping);
}

async function startDueJobs({
	deps,
	owner,
	stopping,
	running,
	kick,
}: State): Promise<void> {
	const { concurrency } = deps.settings;
	while (running.size < concurrency && !stopping.aborted) {
		const free = concurrency - running.size;
		const due = await deps.store.work.dueJobs(deps.clock(), free);
		if (due.length === 0) return;
		for (const job of due) {
			const lease = await takeLease(deps, owner, job, stopping);
			if (lease === undefined) continue;
			const end = work(deps, lease, stopping).finally(() => {
				running.delete(end);
				kick();
			});
			running.add(end);
		}
	}
}

async function untilNextJob({ deps, running }: State): Promise<number> {
	const { concurrency, pollMillis } = deps.settings;
	// The end of a running job kicks; until then there is nobody to take one.
	if (running.size >= concurrency) return pollMillis;
	const next = await deps.store.work.nextJobAtMillis();
	if (next === undefined) return pollMillis;
	const wait = Math.max(next - deps.clock(), SHORTEST_WAIT_MILLIS);
	return Math.min(wait, pollMillis);
}
