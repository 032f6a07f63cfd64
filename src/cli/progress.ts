import type { Output } from "./command.ts";

/** Stages that come one after the other, each with a bar of its own. */
export interface Stages {
	/** `done` of `total` units; a total that grows meanwhile is fine. */
	update(stage: string, done: number, total: number): void;
	/** Ends the last bar. */
	end(): void;
}

export function showStages(output: Output): Stages {
	let current: { stage: string; progress: Progress } | undefined;
	return {
		update(stage, done, total) {
			if (current?.stage !== stage) {
				current?.progress.end();
				current = { stage, progress: showProgress(output, stage) };
			}
			current.progress.update(done, total);
		},
		end() {
			current?.progress.end();
			current = undefined;
		},
	};
}

interface Progress {
	update(done: number, total: number): void;
	/** Ends the bar's line. */
	end(): void;
}

const WIDTH = 30;

/** A bar that is redrawn on a terminal; elsewhere a line at every tenth. */
function showProgress(output: Output, what: string): Progress {
	return output.isTTY === true ? bar(output, what) : lines(output, what);
}

function bar(output: Output, what: string): Progress {
	let shown = "";
	return {
		update: (done, total) => {
			const share = shareOf(done, total);
			const filled = Math.floor(share * WIDTH);
			const text = `${what} [${"#".repeat(filled)}${" ".repeat(WIDTH - filled)}] ${Math.floor(share * 100)} %`;
			if (text === shown) return;
			shown = text;
			output.write(`\r${text.slice(0, (output.columns ?? 80) - 1)}`);
		},
		end: () => {
			if (shown !== "") output.write("\n");
		},
	};
}

function lines(output: Output, what: string): Progress {
	let tenths = -1;
	return {
		update: (done, total) => {
			const now = Math.floor(shareOf(done, total) * 10);
			if (now <= tenths) return;
			tenths = now;
			output.write(`${what}: ${now * 10} %\n`);
		},
		end: () => {},
	};
}

function shareOf(done: number, total: number): number {
	return total <= 0 ? 1 : Math.min(1, done / total);
}
