/** What is kept at most: rows, or rows in lists. */
const MAX_KEPT = 10_000;

/** Gives what a question was answered at a number of the log, or asks. */
export type Keep<Answer> = (
	at: number,
	question: string,
	ask: () => Promise<Answer>,
) => Promise<Answer>;

/**
 * Keeps answers until a newer number is asked about: later entries do not change
 * what a number has.
 * @param sizeOf how much of what is kept an answer is
 */
export function keepAnswers<Answer>(
	sizeOf: (answer: Answer) => number,
): Keep<Answer> {
	let kept = new Map<string, Promise<Answer>>();
	let keptAt = 0;
	let size = 0;

	/** Keeps an answer once it is there, if it fits and nothing newer was asked meanwhile. */
	async function weigh(
		into: typeof kept,
		question: string,
		answer: Promise<Answer>,
	): Promise<void> {
		try {
			const more = sizeOf(await answer);
			if (into !== kept) return;
			size += more;
			if (size > MAX_KEPT) empty();
		} catch {
			// Whoever asked is told; another one may get an answer.
			into.delete(question);
		}
	}

	function empty(): void {
		kept = new Map();
		size = 0;
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
