import type {
	Acknowledged,
	Attempt,
	ChainLink,
	TableHistory,
	Violation,
} from "./history.ts";

/**
 * Checks one table's history: the acknowledged commits form one chain from the
 * first pointer to the last one, nothing else is in it, and no read goes back
 * behind an acknowledgement. Takes O(n log n).
 */
export function violationsOf(history: TableHistory): Violation[] {
	const found = (kind: Violation["kind"]) => (detail: string) => ({
		kind,
		table: history.table,
		detail,
	});
	return [
		...lost(history).map(found("lost")),
		...phantoms(history).map(found("phantom")),
		...doubles(history).map(found("double")),
		...staleOnes(history).map(found("stale")),
		...dirtyReads(history).map(found("dirty")),
		...brokenLogs(history.chain).map(found("broken-log")),
	];
}

interface AcknowledgedAttempt extends Attempt {
	readonly outcome: Acknowledged;
}

function acknowledged(attempts: readonly Attempt[]): AcknowledgedAttempt[] {
	return attempts.filter(
		(attempt): attempt is AcknowledgedAttempt =>
			typeof attempt.outcome === "object",
	);
}

/** Acknowledged commits that the chain does not have at the location that was answered. */
function lost({ attempts, chain }: TableHistory): string[] {
	const tokenAt = new Map(
		chain.map(({ location, token }) => [location, token]),
	);
	return acknowledged(attempts)
		.filter(({ token, outcome }) => tokenAt.get(outcome.location) !== token)
		.map(
			({ token, outcome }) => `${token}, acknowledged as ${outcome.location}`,
		);
}

/** Links that nobody sent, or that were refused. */
function phantoms({ attempts, chain }: TableHistory): string[] {
	const outcomes = new Map(
		attempts.map(({ token, outcome }) => [token, outcome]),
	);
	return chain
		.slice(1)
		.filter(({ token }) => {
			const outcome = token === undefined ? undefined : outcomes.get(token);
			return outcome === undefined || outcome === "refused";
		})
		.map(({ token, location }) => `${token} at ${location}`);
}

/** Commits that are in the chain twice, and acknowledgements with one predecessor. */
function doubles({ attempts, chain }: TableHistory): string[] {
	const tokens = chain.flatMap(({ token }) => token ?? []);
	const predecessors = acknowledged(attempts)
		.filter(({ outcome }) => !outcome.repeated)
		.flatMap(({ outcome }) => outcome.predecessor ?? []);
	return [
		...repeated(tokens).map((token) => `${token} is in the chain twice`),
		...repeated(predecessors).map(
			(predecessor) => `two acknowledged commits follow ${predecessor}`,
		),
	];
}

function repeated(values: readonly string[]): string[] {
	const seen = new Set<string>();
	return values.filter((value) => {
		if (seen.has(value)) return true;
		seen.add(value);
		return false;
	});
}

/** Reads, and commits, that began after an acknowledgement and are not behind it. */
function staleOnes({ attempts, reads, chain }: TableHistory): string[] {
	const indexOf = positions(chain);
	const newestBefore = newestAcknowledged(attempts, indexOf);
	const isBehind = (location: string, startedAt: number, least: number) => {
		const index = indexOf.get(location);
		return index !== undefined && index < newestBefore(startedAt) + least;
	};
	return [
		...reads
			.filter(({ location, startedAt }) => isBehind(location, startedAt, 0))
			.map(({ location }) => `a read saw ${location}`),
		...acknowledged(attempts)
			.filter(
				({ startedAt, outcome }) =>
					!outcome.repeated && isBehind(outcome.location, startedAt, 1),
			)
			.map(({ token, outcome }) => `${token} became ${outcome.location}`),
	];
}

function positions(chain: readonly ChainLink[]): ReadonlyMap<string, number> {
	return new Map(chain.map(({ location }, index) => [location, index]));
}

/** Gives the greatest index that was acknowledged before a time; -1 for none. */
function newestAcknowledged(
	attempts: readonly Attempt[],
	indexOf: ReadonlyMap<string, number>,
): (time: number) => number {
	let newest = -1;
	const steps = acknowledged(attempts)
		.map(({ outcome }) => ({
			at: outcome.returnedAt,
			index: indexOf.get(outcome.location) ?? -1,
		}))
		.sort((a, b) => a.at - b.at)
		.map(({ at, index }) => {
			newest = Math.max(newest, index);
			return { at, newest };
		});
	return (time) => {
		let low = 0;
		let high = steps.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((steps[middle]?.at ?? 0) < time) low = middle + 1;
			else high = middle;
		}
		return steps[low - 1]?.newest ?? -1;
	};
}

/** Reads of a pointer that was never decided. */
function dirtyReads({ reads, chain }: TableHistory): string[] {
	const indexOf = positions(chain);
	return reads
		.filter(({ location }) => !indexOf.has(location))
		.map(({ location }) => location);
}

/** Each file's metadata log names exactly the files before it. */
function brokenLogs(chain: readonly ChainLink[]): string[] {
	return chain
		.filter(
			({ log }, index) =>
				log.length !== index ||
				log.some((location, at) => location !== chain[at]?.location),
		)
		.map(({ location }) => location);
}
