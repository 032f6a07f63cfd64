/**
 * How the text of one option becomes its value. `parse` answers a refusal as a
 * sentence fragment ("must be …"), so that all mistakes can be reported at once.
 */
export interface Kind<Value> {
	/** For tables and `--help`: `integer`, `true or false`, … */
	readonly name: string;
	parse(text: string): Parsed<Value>;
}

export type Parsed<Value> =
	| { readonly value: Value }
	| { readonly refusal: string };

export function integer(min: number, max: number): Kind<number> {
	return {
		name: "integer",
		parse: (text) => {
			const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
			return value >= min && value <= max
				? { value }
				: { refusal: `must be an integer from ${min} to ${max}` };
		},
	};
}

const UNITS: ReadonlyMap<string, number> = new Map([
	["", 1],
	["KIB", 2 ** 10],
	["MIB", 2 ** 20],
	["GIB", 2 ** 30],
]);

/** Bytes: `67108864`, `64MiB`. */
export const byteSize: Kind<number> = {
	name: "bytes",
	parse: (text) => {
		const match = /^(\d{1,12})\s*([KMG]iB)?$/i.exec(text);
		const unit = UNITS.get((match?.[2] ?? "").toUpperCase());
		const value = Number(match?.[1]) * (unit ?? Number.NaN);
		return Number.isSafeInteger(value)
			? { value }
			: { refusal: "must be a number of bytes, such as 67108864 or 64MiB" };
	},
};

export const flag: Kind<boolean> = {
	name: "true or false",
	parse: (text) => {
		if (/^(1|true|yes|on)$/i.test(text)) return { value: true };
		if (/^(0|false|no|off)$/i.test(text)) return { value: false };
		return { refusal: "must be true or false" };
	},
};

export const text: Kind<string> = {
	name: "text",
	parse: (value) =>
		value.includes("\0")
			? { refusal: "must not contain a NUL character" }
			: { value },
};

/** Separated by commas; blanks around an item and empty items do not count. */
export const list: Kind<readonly string[]> = {
	name: "list, separated by commas",
	parse: (value) => ({
		value: value
			.split(",")
			.map((item) => item.trim())
			.filter((item) => item !== ""),
	}),
};

export function oneOf<const Choices extends readonly string[]>(
	...choices: Choices
): Kind<Choices[number]> {
	return {
		name: choices.map((choice) => `\`${choice}\``).join(", "),
		parse: (value) => {
			const choice = choices.find((each) => each === value.toLowerCase());
			return choice === undefined
				? { refusal: `must be one of ${choices.join(", ")}` }
				: { value: choice };
		},
	};
}
