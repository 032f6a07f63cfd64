import { estimatedBytes } from "../estimate.ts";

/** What is kept at most, estimated: several thousand rows of usual size. */
const MAX_BYTES = 32 * 1024 * 1024;

/** What a question takes beside texts: its promise, its place, the objects of the answer. */
const QUESTION_BYTES = 1024;

/** Gives what a question was answered at a number of the log, or asks. */
export type Keep<Answer> = (
	at: number,
	question: string,
	ask: () => Promise<Answer>,
) => Promise<Answer>;

/**
 * Keeps answers until a newer number is asked about: later entries do not change
 * what a number has. Forgets everything rather than growing beyond a bound.
 * @param maxBytes estimated
 */
export function keepAnswers<Answer>(maxBytes = MAX_BYTES): Keep<Answer> {
	let kept = new Map<string, Promise<Answer>>();
	let keptAt = 0;
	let bytes = 0;

	/** Keeps an answer once it is there, if it fits and nothing newer was asked meanwhile. */
	async function weigh(
		into: typeof kept,
		question: string,
		answer: Promise<Answer>,
	): Promise<void> {
		try {
			const more = estimate(question, await answer);
			if (into !== kept) return;
			bytes += more;
			if (bytes > maxBytes) empty();
		} catch {
			// Whoever asked is told; another one may get an answer.
			into.delete(question);
		}
	}

	function empty(): void {
		kept = new Map();
		bytes = 0;
	}

	return (at, question, ask) => {
		if (at < keptAt) return ask();
		if (at > keptAt) empty();
		keptAt = at;
		const known = kept.get(question);
		if (known !== undefined) return known;
		const answer = ask();
		kept.set(question, answer);
		void weigh(kept, question, answer);
		return answer;
	};
}

/** The answer counts as JSON. */
function estimate(question: string, answer: unknown): number {
	const text = JSON.stringify(answer) ?? "";
	return QUESTION_BYTES + estimatedBytes([question, text]);
}
