import { isAway, messageOf } from "./driverErrors.ts";

/** Is told of an error that no caller waits for, and where it came up. Never throws. */
export type Report = (where: string, error: unknown) => void;

/** For those who give no other: one line of Node's on the error output. */
export const warn: Report = (where, error) =>
	process.emitWarning(`${where}: ${messageOf(error)}`);

/** Runs a piece of work; says whether it succeeded, and does not reject. */
export type Attempt = (work: () => Promise<unknown>) => Promise<boolean>;

/**
 * For work that nobody waits for and that is done again when it failed. Of
 * failures in a row one is told: the first that is more than a database that is
 * away, which passes by itself, or that one when it comes `patience` times.
 */
export function attempts(
	where: string,
	report: Report,
	patience: number,
): Attempt {
	let failed = 0;
	let isTold = false;
	return async (work) => {
		try {
			await work();
			failed = 0;
			isTold = false;
			return true;
		} catch (error) {
			failed++;
			if (isTold || (isAway(error) && failed < patience)) return false;
			isTold = true;
			report(where, error);
			return false;
		}
	};
}
