import type { ChangeSet } from "../store/changes.ts";
import type { Job, Versioned } from "../store/records.ts";
import type { JobDeps } from "./deps.ts";

/** A job that this runner may work on, as long as it keeps saying so. */
export interface Lease {
	readonly job: Job;
	/**
	 * To be called before each step that changes something. A step must take much
	 * less time than a lease.
	 * @throws LeaseLost when another runner has taken the job over, or this one stops
	 */
	keep(): Promise<void>;
	/**
	 * Ends the job or gives it back, in one change set with `changes`.
	 * @param next what the job becomes; undefined removes it
	 * @throws LeaseLost
	 */
	end(changes: ChangeSet, next: Partial<Job> | undefined): Promise<void>;
}

/** The work was not finished and must not go on; whoever has the job next begins it anew. */
export class LeaseLost extends Error {
	override readonly name = "LeaseLost";
}

/** @returns undefined when another runner was faster */
export async function takeLease(
	deps: JobDeps,
	owner: string,
	due: Versioned<Job>,
	stopping: AbortSignal,
): Promise<Lease | undefined> {
	const until = () => deps.clock() + deps.settings.leaseMillis;
	let job: Job = {
		...due.value,
		attempts: due.value.attempts + 1,
		leaseOwner: owner,
		leaseUntilMillis: until(),
	};
	let version = due.version;

	async function update(next: Job, changes: ChangeSet = []): Promise<boolean> {
		const done = await deps.store.apply([
			...changes,
			{
				op: "update",
				collection: "job",
				key: keyOf(job),
				value: next,
				ifVersion: version,
			},
		]);
		if (done.outcome === "refused") return false;
		version++;
		job = next;
		return true;
	}

	if (!(await update(job))) return undefined;
	return {
		job,
		async keep() {
			if (stopping.aborted) throw new LeaseLost("the runner stops");
			const left = job.leaseUntilMillis - deps.clock();
			if (left > deps.settings.leaseMillis / 2) return;
			if (!(await update({ ...job, leaseUntilMillis: until() })))
				throw new LeaseLost("another runner has taken the job over");
		},
		async end(changes, next) {
			const given = { leaseOwner: null, leaseUntilMillis: 0 };
			const ended =
				next === undefined
					? await remove(deps, job, version, changes)
					: await update({ ...job, ...given, ...next }, changes);
			if (!ended) throw new LeaseLost("the job has changed meanwhile");
		},
	};
}

async function remove(
	{ store }: JobDeps,
	job: Job,
	ifVersion: number,
	changes: ChangeSet,
): Promise<boolean> {
	const done = await store.apply([
		...changes,
		{ op: "delete", collection: "job", key: keyOf(job), ifVersion },
	]);
	return done.outcome === "applied";
}

function keyOf({ tenant, id }: Job): Pick<Job, "tenant"> & { job: Job["id"] } {
	return { tenant, job: id };
}
