import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createContext, Script } from "node:vm";

/**
 * DO7: no pattern of ours takes more than linear time. On 64 KB a linear pattern
 * takes about a tenth of a millisecond; a quadratic one takes seconds and an
 * exponential one never ends, so that the bound below is far from both.
 */
const SOURCES = fileURLToPath(new URL("..", import.meta.url));

/** A regular expression literal after what may stand before one. */
const LITERAL =
	/(?:[(,[]|[=:!&|?]\s)\s*\/((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([gimsuvy]*)/g;

function patternsOf(source: string): RegExp[] {
	return [...source.matchAll(LITERAL)].flatMap(([, body, flags]) =>
		body === undefined || /^[*/]/.test(body) ? [] : [new RegExp(body, flags)],
	);
}

function sources(): string[] {
	return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
		.map((name) => readFileSync(join(SOURCES, name), "utf8"));
}

const UNITS = [
	"a",
	"0",
	"-",
	".",
	"%",
	"~",
	"aA0",
	"~7e",
	"a.",
	"\n",
	" ",
	"/",
	"[",
	'"',
	"\\u0041",
	"é",
	"0.",
	"a,",
];
const LENGTH = 64 * 1024;

function hostileTexts(length: number): string[] {
	return UNITS.flatMap((unit) => {
		const text = unit.repeat(length / unit.length);
		return [text, `${text}\u0000`, `x${text}!`];
	});
}

const BOUND_MILLIS = 1_000;

/** The first text on which the pattern does not answer in time. */
function slowText(pattern: RegExp): string | undefined {
	const script = new Script("pattern.lastIndex = 0; pattern.test(text)");
	const context = createContext({ pattern, text: "" });
	return hostileTexts(LENGTH).find((text) => {
		context.text = text;
		try {
			script.runInContext(context, { timeout: BOUND_MILLIS });
			return false;
		} catch {
			return true;
		}
	});
}

test("DO7: planted patterns that are not linear are caught", () => {
	for (const pattern of [/^(a+)+$/, /a*a*a*b/]) {
		assert.notEqual(slowText(pattern), undefined, pattern.source);
	}
});

test("DO7: every pattern of the sources answers on 64 KB of hostile text", () => {
	const patterns = sources().flatMap(patternsOf);
	assert.ok(patterns.length > 20, "the patterns were found");
	for (const pattern of patterns) {
		const text = slowText(pattern);
		assert.equal(text?.slice(0, 20), undefined, pattern.source);
	}
});
