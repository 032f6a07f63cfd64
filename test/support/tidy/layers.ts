import type { Import, SourceFile } from "./tree.ts";
import type { Violation } from "./violation.ts";

/** What each folder of src/ may import besides itself. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map([
	["model", []],
	["iceberg", ["model"]],
	["versioning", ["model"]],
	["access", ["model"]],
	["store", ["model"]],
	["files", ["model"]],
	["identity", ["model"]],
	["observe", ["model"]],
	[
		"catalog",
		["model", "iceberg", "versioning", "access", "observe", "contracts"],
	],
	["admin", ["model", "access", "identity", "observe", "contracts"]],
	["jobs", ["model", "iceberg", "catalog", "observe", "contracts"]],
	[
		"http",
		["model", "iceberg", "access", "identity", "catalog", "admin", "observe"],
	],
	["client", ["model"]],
	["config", ["model"]],
	["cli", ["client", "config", "model", "app.ts", "offline.ts"]],
	["main.ts", ["cli"]],
	["index.ts", ["app.ts", "config", "model"]],
]);

/** The only files of store/ and files/ that other layers may know. */
const CONTRACTS = new Set([
	"src/store/contract.ts",
	"src/store/changes.ts",
	"src/store/entryKeys.ts",
	"src/store/records.ts",
	"src/files/contract.ts",
]);

/** Only the roots know these, and they load them when they are needed. */
const ADAPTERS =
	/^src\/(store\/(memory|sqlite|postgres|mongo)|files\/(local|s3|gcs|azure|memory))\//;

/** What puts the parts together: the server, and the commands without one. */
const ROOTS = new Set(["app.ts", "offline.ts"]);

/** Where a package or a module of Node may be imported; everything else is free. */
const HOMES: readonly {
	readonly name: RegExp;
	readonly home: RegExp;
	readonly reason: string;
}[] = [
	{
		name: /^light-my-request$/,
		home: /^src\/http\/inject\.ts$/,
		reason: "the server beneath can be exchanged",
	},
	{
		name: /^ajv/,
		home: /^src\/(http|iceberg\/schemas)\//,
		reason: "bodies are validated where they come in",
	},
	{
		name: /^pino/,
		home: /^src\/observe\//,
		reason: "others hand over observations",
	},
	{
		name: /^prom-client$/,
		home: /^src\/observe\//,
		reason: "others hand over observations",
	},
	{
		name: /^node:sqlite$/,
		home: /^src\/store\/sqlite\//,
		reason: "one driver, behind the store contract",
	},
	{
		name: /^pg$/,
		home: /^src\/store\/postgres\//,
		reason: "one driver, behind the store contract",
	},
	{
		name: /^node:(child_process|cluster|inspector|repl|vm)$/,
		home: /^$/,
		reason: "no code is run from data, no process started",
	},
];

/** Modules of Node that compute and touch nothing outside. */
const PURE_MODULES = new Set([
	"node:buffer",
	"node:crypto",
	"node:zlib",
	"node:util",
]);
const PURE_LAYERS = new Set(["model", "iceberg", "versioning", "access"]);

export function layerOf(path: string): string | undefined {
	return /^src\/([^/]+)/.exec(path)?.[1];
}

/** Tests, the suites that stores share, and what only those use. */
const FOR_TESTS =
	/\.test\.ts$|\/test[A-Z]\w*\.ts$|\/conformance\/|^src\/(store|catalog\/refs)\/model\//;

/** Tests compose what they test; the rules on imports are for what is shipped. */
export function isShipped(path: string): boolean {
	return path.startsWith("src/") && !FOR_TESTS.test(path);
}

/** Where programs begin: the command, the package's API, and threads. */
const ENTRIES = /^src\/(main|index)\.ts$|(Worker|Thread)\.ts$/;

/** What is shipped in name only: nothing that runs imports it. */
export function unreachable(files: readonly SourceFile[]): string[] {
	const byPath = new Map(files.map((file) => [file.path, file]));
	const reached = new Set<string>();
	const open = files.filter(({ path }) => ENTRIES.test(path));
	for (let file = open.pop(); file !== undefined; file = open.pop()) {
		if (reached.has(file.path)) continue;
		reached.add(file.path);
		for (const { target } of file.imports) {
			const next = byPath.get(target);
			if (next !== undefined) open.push(next);
		}
	}
	return files
		.map(({ path }) => path)
		.filter((path) => isShipped(path) && !reached.has(path));
}

export function layerViolations(file: SourceFile): Violation[] {
	if (!isShipped(file.path)) return [];
	const layer = layerOf(file.path);
	return file.imports.flatMap((each) => {
		const message =
			layer === undefined ? undefined : importRefusal(file.path, layer, each);
		return message === undefined
			? []
			: [{ rule: "layers", path: file.path, line: each.line, message }];
	});
}

function importRefusal(
	path: string,
	layer: string,
	imported: Import,
): string | undefined {
	if (!imported.relative) return packageRefusal(path, layer, imported);
	const target = layerOf(imported.target);
	if (target === undefined)
		return imported.target === "package.json"
			? undefined
			: `imports ${imported.target}, which is not shipped`;
	if (!isShipped(imported.target))
		return `imports ${imported.target}, which is not shipped`;
	if (ROOTS.has(layer)) {
		return ADAPTERS.test(imported.target) &&
			!imported.dynamic &&
			!imported.typeOnly
			? `imports the adapter ${imported.target} without need: use import()`
			: undefined;
	}
	if (target === layer) return siblingRefusal(path, imported.target);
	const allowed = MAY_IMPORT.get(layer);
	if (allowed === undefined)
		return `is in a folder that the layer table does not know: ${layer}`;
	if (allowed.includes(target)) return undefined;
	if (allowed.includes("contracts") && CONTRACTS.has(imported.target))
		return undefined;
	return `${layer} must not import ${imported.target}`;
}

/** One adapter must not lean on another. */
function siblingRefusal(path: string, target: string): string | undefined {
	const own = ADAPTERS.exec(path)?.[0];
	const other = ADAPTERS.exec(target)?.[0];
	if (other === undefined || own === other) return undefined;
	return `imports the adapter ${target}`;
}

function packageRefusal(
	path: string,
	layer: string,
	{ target, typeOnly }: Import,
): string | undefined {
	if (
		PURE_LAYERS.has(layer) &&
		target.startsWith("node:") &&
		!typeOnly &&
		!PURE_MODULES.has(target)
	) {
		return `${layer} is pure and must not import ${target}`;
	}
	const rule = HOMES.find(({ name }) => name.test(target));
	if (rule === undefined || rule.home.test(path)) return undefined;
	return `must not import ${target}: ${rule.reason}`;
}

/** Circles of imports, types included: nobody can understand one of them alone. */
export function cycleViolations(files: readonly SourceFile[]): Violation[] {
	const imports = new Map(
		files.map((file) => [
			file.path,
			file.imports
				.filter(({ relative }) => relative)
				.map(({ target }) => target),
		]),
	);
	const state = new Map<string, "open" | "done">();
	const found: Violation[] = [];
	const visit = (path: string, trail: readonly string[]): void => {
		if (state.get(path) === "done") return;
		if (state.get(path) === "open") {
			const circle = [...trail.slice(trail.indexOf(path)), path];
			found.push({
				rule: "cycles",
				path,
				line: 1,
				message: circle.join(" → "),
			});
			return;
		}
		state.set(path, "open");
		for (const next of imports.get(path) ?? []) visit(next, [...trail, path]);
		state.set(path, "done");
	};
	for (const file of files) visit(file.path, []);
	return found;
}
