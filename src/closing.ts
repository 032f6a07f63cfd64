/** What must be let go of at the end. */
export interface Closing {
	add(close: () => Promise<void>): void;
	/** Closes what was added last first; once. */
	run(): Promise<void>;
}

export function closeInReverse(): Closing {
	const steps: (() => Promise<void>)[] = [];
	let running: Promise<void> | undefined;
	const closeAll = async () => {
		for (const close of steps.reverse()) await close();
	};
	return {
		add: (close) => steps.push(close),
		run: () => {
			running ??= closeAll();
			return running;
		},
	};
}
