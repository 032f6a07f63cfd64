import { PangolinError } from "../model/errors.ts";
import { UUID_PATTERN } from "../model/ids.ts";
import { parseTime } from "./times.ts";

/** The branch that every catalog has and that cannot be deleted or renamed. */
export const MAIN_BRANCH = "main";

/** What a text that addresses a state of a catalog can mean. */
export type RefSpec =
	| { readonly kind: "name"; readonly name: string }
	| { readonly kind: "commit"; readonly id: string }
	| { readonly kind: "time"; readonly timeMicros: number };

const MAX_NAME_CHARACTERS = 128;
const REF_NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_./+-]*$/u;
/** Everything that begins like a time and could be one in some spelling. */
const LIKE_TIME = /^\d{4}-\d{2}-\d{2}(?:[T_].*)?$/i;

/**
 * A commit id is a UUID, a time is ISO 8601 (see `parseTime`), everything else
 * is the name of a branch or tag. No name can be one of the others.
 */
export function parseRefSpec(text: string): RefSpec {
	// Of every request, and nearly always `main`.
	if (text === MAIN_BRANCH) return { kind: "name", name: text };
	const lower = text.toLowerCase();
	if (UUID_PATTERN.test(lower)) return { kind: "commit", id: lower };
	const timeMicros = parseTime(text);
	return timeMicros === undefined
		? { kind: "name", name: text }
		: { kind: "time", timeMicros };
}

/**
 * The rule for names of branches and tags: 1 to 128 letters, digits, `_`, `.`,
 * `/`, `+` and `-`, beginning with a letter, a digit or `_`, that cannot be taken
 * for a commit id or a time.
 * @throws PangolinError `bad-request`
 */
export function checkRefName(what: "branch" | "tag", name: string): void {
	const refusal = nameRefusal(name);
	if (refusal !== undefined) {
		throw new PangolinError(
			"bad-request",
			`Invalid ${what} name ${JSON.stringify(name)}: ${refusal}`,
		);
	}
}

function nameRefusal(name: string): string | undefined {
	if (!REF_NAME.test(name) || name.length > MAX_NAME_CHARACTERS)
		return `use 1 to ${MAX_NAME_CHARACTERS} letters, digits, "_", ".", "/", "+" or "-", starting with a letter, a digit or "_"`;
	if (name.split("/").some((part) => part === "" || /^\.{1,2}$/.test(part)))
		return "it would be read as a path";
	if (parseRefSpec(name).kind === "commit") return "it looks like a commit id";
	if (LIKE_TIME.test(name)) return "it looks like a time";
	return undefined;
}
