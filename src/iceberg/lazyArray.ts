/**
 * An array whose elements are made at the first look at it. Whoever only hands
 * it on never pays for them.
 * @param make called at most once, unless it throws
 */
export function lazyArray<Element>(
	make: () => readonly Element[],
): readonly Element[] {
	const elements: Element[] = [];
	// What it holds is needed once.
	let pending: typeof make | undefined = make;
	const made = (): Element[] => {
		if (pending !== undefined) {
			for (const element of pending()) elements.push(element);
			pending = undefined;
		}
		return elements;
	};
	return new Proxy(elements, {
		get(_, key) {
			const value: unknown = Reflect.get(made(), key);
			// Methods run on the elements themselves: one trap, not one per element.
			return typeof value === "function" && value !== Array
				? value.bind(elements)
				: value;
		},
		has: (_, key) => Reflect.has(made(), key),
		ownKeys: () => Reflect.ownKeys(made()),
		getOwnPropertyDescriptor: (_, key) =>
			Reflect.getOwnPropertyDescriptor(made(), key),
	});
}
