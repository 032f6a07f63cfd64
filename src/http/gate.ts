import { PangolinError } from "../model/errors.ts";

export interface GateLimits {
	/** How many may be inside at once. */
	readonly concurrent: number;
	/** How many may wait; one more is refused. */
	readonly queued: number;
}

/** Bounds how many requests of one kind run, and how many wait. */
export interface Gate {
	/**
	 * Undefined when the caller is inside at once, else a promise of it.
	 * @throws PangolinError `overloaded`
	 */
	enter(): Promise<void> | undefined;
	leave(): void;
}

export function createGate(limits: GateLimits): Gate {
	let inside = 0;
	const waiting: (() => void)[] = [];
	return {
		enter() {
			if (inside < limits.concurrent) {
				inside++;
				return undefined;
			}
			if (waiting.length >= limits.queued) throw overloaded();
			return new Promise((resolve) => waiting.push(resolve));
		},
		leave() {
			const next = waiting.shift();
			if (next === undefined) inside--;
			else next();
		},
	};
}

export function overloaded(): PangolinError {
	return new PangolinError(
		"overloaded",
		"The server is at its limit; nothing was done, try again",
		{ retryAfterSeconds: 1 },
	);
}
