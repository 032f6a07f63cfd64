/** On their way at once: while one is answered, the next one gathers. */
const MAX_UNDER_WAY = 2;

interface Waiting<Question, Answer> {
	readonly question: Question;
	resolve(answer: Answer): void;
	reject(error: unknown): void;
}

/**
 * Questions that wait together travel together: a round trip and a message cost
 * as much for many as for one. A question that is alone goes at once, and none is
 * answered by what was sent before it was asked.
 * @param ask sends what it is given, and resolves to one answer for each, in order;
 *   it must end, since it has one of two places until then
 * @param most questions that travel together
 */
export function askTogether<Question, Answer>(
	ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
	most: number,
): (question: Question) => Promise<Answer> {
	let waiting: Waiting<Question, Answer>[] = [];
	let underWay = 0;
	let isGathering = false;

	function send(): void {
		isGathering = false;
		while (underWay < MAX_UNDER_WAY && waiting.length > 0) {
			const asked = waiting.slice(0, most);
			waiting = waiting.slice(most);
			underWay++;
			void answer(ask, asked).then(() => {
				underWay--;
				send();
			});
		}
	}

	return (question) =>
		new Promise((resolve, reject) => {
			waiting.push({ question, resolve, reject });
			if (isGathering || underWay === MAX_UNDER_WAY) return;
			isGathering = true;
			// After all that came in with this one.
			setImmediate(send);
		});
}

/** Answers all of them; does not reject. */
async function answer<Question, Answer>(
	ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
	asked: readonly Waiting<Question, Answer>[],
): Promise<void> {
	try {
		const answers = await ask(asked.map(({ question }) => question));
		for (const [i, { resolve }] of asked.entries())
			resolve(answers[i] as Answer);
	} catch (error) {
		for (const { reject } of asked) reject(error);
	}
}
