/**
 * Asks a second time when there is no answer soon; the first end of the two
 * counts. For what many wait behind, and what may be asked twice: the driver may
 * never end an operation (limits.ts), and of two it seldom forgets both.
 */
export function askTwice<Answer>(
	{ soonMillis }: { readonly soonMillis: number },
	ask: () => Promise<Answer>,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		let hasEnded = false;
		const askAgain = () => {
			if (!hasEnded) ask().then(resolve, reject);
		};
		// After what came in while this process was busy.
		const timer = setTimeout(() => setImmediate(askAgain), soonMillis);
		ask()
			.finally(() => {
				hasEnded = true;
				clearTimeout(timer);
			})
			.then(resolve, reject);
	});
}
