import { PangolinError } from "../model/errors.ts";
import type { CatalogDeps } from "./deps.ts";

/** What a commit came to, and whether it found nothing to do. */
export interface Decided<Result> {
	readonly result: Result;
	readonly isUnchanged: boolean;
}

/** Runs a commit and tells how it ended, how often it began anew and how long it took. */
export async function observed<Result>(
	deps: CatalogDeps,
	operation: string,
	run: (retried: (retries: number) => void) => Promise<Decided<Result>>,
): Promise<Result> {
	const startMillis = deps.clock();
	let retries = 0;
	const tell = (
		outcome: "applied" | "unchanged" | "refused" | "unknown",
	): void =>
		deps.observe({
			kind: "commit",
			operation,
			outcome,
			retries,
			durationMillis: deps.clock() - startMillis,
		});
	try {
		const { result, isUnchanged } = await run((count) => {
			retries = count;
		});
		tell(isUnchanged ? "unchanged" : "applied");
		return result;
	} catch (error) {
		tell(isUnknown(error) ? "unknown" : "refused");
		throw error;
	}
}

function isUnknown(error: unknown): boolean {
	return (
		error instanceof PangolinError && error.code === "commit-state-unknown"
	);
}
