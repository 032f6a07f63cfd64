import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { OPTION_LIST } from "../src/config/options.ts";
import { readConfig } from "../src/config/readConfig.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PAGES = globSync(["*.md", "docs/**/*.md", "bench/*.md"], { cwd: ROOT });

/** A link of a page to a place in this tree: `docs/guides/undo.md#how-long`. */
interface Link {
	readonly page: string;
	readonly file: string;
	readonly heading: string | undefined;
}

function textOf(page: string): string {
	return readFileSync(join(ROOT, page), "utf8");
}

/** Without code, whose brackets are no links. */
function proseOf(text: string): string {
	return text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");
}

function linksOf(page: string, text: string): Link[] {
	return [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)]
		.map(([, target = ""]) => target)
		.filter((target) => !/^[a-z]+:/.test(target))
		.map((target) => {
			const [path = "", heading] = target.split("#");
			const file = path === "" ? page : join(dirname(page), path);
			return { page, file, heading };
		});
}

/** The names under which GitHub shows the headings of a page. */
function headingsOf(text: string): string[] {
	const prose = text.replaceAll(/^```.*?^```$/gms, "");
	return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
		title
			.toLowerCase()
			.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
			.replaceAll(" ", "-"),
	);
}

function isBroken({ file, heading }: Link): boolean {
	if (!existsSync(join(ROOT, file))) return true;
	return heading !== undefined && !headingsOf(textOf(file)).includes(heading);
}

/** The environments of a page's servers: `PORT=8081 npm start`. */
function startsOf(text: string): Record<string, string>[] {
	const starts = text.matchAll(/^((?:[A-Z_]+=(?:'[^']*'|\S+)\s+)+)npm start/gm);
	return [...starts].map(([, settings = ""]) =>
		Object.fromEntries(
			[...settings.matchAll(/([A-Z_]+)=(?:'([^']*)'|(\S+))/g)].map(
				([, name = "", quoted, plain = ""]) => [name, quoted ?? plain],
			),
		),
	);
}

const EXAMPLE = /^```(sh|python|ts|sql|yaml)$/m;

/** The tests that run what a reader would run. */
const RUN_BY: Readonly<Record<string, string>> = {
	"README.md": "test/e2e/guides.test.ts",
	"docs/guides/backup.md": "test/backup.test.ts",
	"docs/guides/clients.md": "test/e2e/guides.test.ts",
	"docs/guides/diff.md": "test/e2e/guides.test.ts",
	"docs/guides/embedding.md": "test/embedded.test.ts",
	"docs/guides/management.md": "test/e2e/guides.test.ts",
	"docs/guides/merging.md": "test/e2e/guides.test.ts",
	"docs/guides/moving.md": "test/moving.test.ts",
	"docs/guides/postgres.md": "test/e2e/postgresTools.test.ts",
	"docs/guides/sqlite.md": "test/backup.test.ts",
	"docs/guides/undo.md": "test/e2e/guides.test.ts",
	"docs/guides/versions.md": "test/e2e/guides.test.ts",
};

const DECLARED = new Set(OPTION_LIST.map(([, { env }]) => env));

describe("the documentation", () => {
	const links = PAGES.flatMap((page) => linksOf(page, textOf(page)));

	it("links to what there is, and a broken link would be seen", () => {
		assert.ok(links.length >= 30);
		assert.deepEqual(links.filter(isBroken), []);
		const wrong = "[a](no.md) [b](README.md#no) [c](README.md#guides)";
		assert.deepEqual(linksOf("CHANGELOG.md", wrong).map(isBroken), [
			true,
			true,
			false,
		]);
	});

	it("is reached from the README, every guide and reference of it", () => {
		const named = links
			.filter(({ page }) => page === "README.md")
			.map(({ file }) => file);
		const unnamed = PAGES.filter(
			(page) => page.startsWith("docs/") && !named.includes(page),
		);
		assert.deepEqual(unnamed, []);
	});

	it("has no page with examples that no test takes any from", () => {
		const pages = PAGES.filter((page) => EXAMPLE.test(textOf(page)));
		assert.deepEqual(pages.toSorted(), Object.keys(RUN_BY));
		for (const [page, test] of Object.entries(RUN_BY))
			assert.ok(textOf(test).includes(page), `${test} reads ${page}`);
	});

	it("starts servers with settings that there are", () => {
		const starts = PAGES.flatMap((page) => startsOf(textOf(page)));
		assert.ok(starts.length >= 4);
		for (const env of starts) {
			const { warnings } = readConfig({ env });
			assert.deepEqual(warnings, []);
			assert.deepEqual(
				Object.keys(env).filter((name) => !DECLARED.has(name)),
				[],
			);
		}
		assert.deepEqual(startsOf("A='b c' D=2 npm start\n"), [
			{ A: "b c", D: "2" },
		]);
	});
});
