import { cycleViolations, isShipped, layerViolations } from "./layers.ts";
import { isNode, type Node, type SourceFile, walk } from "./tree.ts";
import type { Rule, Violation } from "./violation.ts";

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 70;
const FORBIDDEN_FOLDERS = new Set([
	"utils",
	"util",
	"helpers",
	"common",
	"shared",
	"misc",
	"lib",
]);

/** Where the world outside may be asked. Everywhere else it is an argument. */
const AMBIENT: readonly { readonly name: RegExp; readonly home: RegExp }[] = [
	{ name: /^process\.env$/, home: /^src\/config\// },
	{ name: /^process\.(exit|abort|kill)$/, home: /^src\/(main\.ts$|cli\/)/ },
	{ name: /^process\.on$/, home: /^src\/(main\.ts$|cli\/)/ },
	{ name: /^Date\.now$/, home: /^src\/(app|offline)\.ts$/ },
	{ name: /^Math\.random$/, home: /^src\/app\.ts$/ },
	{ name: /^(crypto\.)?(randomUUID|randomUUIDv7)$/, home: /^src\/app\.ts$/ },
	{
		name: /^(crypto\.)?(randomBytes|getRandomValues|randomFillSync)$/,
		home: /^src\/app\.ts$/,
	},
];

/** All that is wrong with a set of files, without the listed exceptions. */
export function violationsOf(files: readonly SourceFile[]): Violation[] {
	return [...files.flatMap(fileViolations), ...cycleViolations(files)];
}

function fileViolations(file: SourceFile): Violation[] {
	return [
		...layerViolations(file),
		...sizeViolations(file),
		...shapeViolations(file),
		...(isShipped(file.path) ? codeViolations(file) : []),
	];
}

function sizeViolations(file: SourceFile): Violation[] {
	const found: Violation[] = [];
	if (file.lineCount > MAX_FILE_LINES) {
		found.push({
			rule: "size",
			path: file.path,
			line: 1,
			message: `${file.lineCount} lines, at most ${MAX_FILE_LINES}`,
		});
	}
	for (const { node, parent } of walk(file.program)) {
		if (
			!/Function|ClassMethod|ObjectMethod/.test(node.type) ||
			isGroupOfTests(parent)
		)
			continue;
		if (
			node.body === undefined ||
			node.body === null ||
			node.type.startsWith("TS")
		)
			continue;
		const lines = node.loc.end.line - node.loc.start.line + 1;
		if (lines > MAX_FUNCTION_LINES) {
			found.push({
				rule: "function-size",
				path: file.path,
				line: node.loc.start.line,
				message: `a function of ${lines} lines, at most ${MAX_FUNCTION_LINES}`,
			});
		}
	}
	return found;
}

/** The function of a `describe` holds tests as a file holds functions. */
function isGroupOfTests(parent: Node | undefined): boolean {
	return (
		parent?.type === "CallExpression" &&
		isNode(parent.callee) &&
		parent.callee.name === "describe"
	);
}

function shapeViolations(file: SourceFile): Violation[] {
	const found: Violation[] = [];
	const folder = file.path
		.split("/")
		.slice(0, -1)
		.find((part) => FORBIDDEN_FOLDERS.has(part));
	if (folder !== undefined) {
		found.push({
			rule: "folders",
			path: file.path,
			line: 1,
			message: `a folder called ${folder} says nothing`,
		});
	}
	const isPublicApi = file.path === "src/index.ts";
	for (const { reexport, line } of file.imports) {
		if (reexport && !isPublicApi)
			found.push({
				rule: "barrels",
				path: file.path,
				line,
				message: "re-exports: import from where it is",
			});
	}
	for (const { node } of walk(file.program)) {
		if (node.type === "ExportDefaultDeclaration") {
			found.push({
				rule: "default-export",
				path: file.path,
				line: node.loc.start.line,
				message: "a default export has no name",
			});
		}
	}
	return found;
}

function codeViolations(file: SourceFile): Violation[] {
	const found: Violation[] = [];
	const add = (rule: Rule, node: Node, message: string) =>
		found.push({ rule, path: file.path, line: node.loc.start.line, message });
	for (const { node, parent } of walk(file.program)) {
		if (
			node.type === "ImportExpression" &&
			isNode(node.source) &&
			node.source.type !== "StringLiteral"
		) {
			add("dynamic-code", node, "import() of what is not a literal");
		}
		const name = usedName(node, parent);
		if (name === undefined) continue;
		if (name === "eval" || name === "Function")
			add("dynamic-code", node, `${name} runs code from data`);
		if (name === "Date" && isNowDate(parent))
			add("ambient", node, "new Date() asks the clock");
		const rule = AMBIENT.find((each) => each.name.test(name));
		if (rule !== undefined && !rule.home.test(file.path))
			add("ambient", node, `${name} belongs to ${rule.home.source}`);
	}
	return found;
}

function isNowDate(parent: Node | undefined): boolean {
	return (
		parent?.type === "NewExpression" &&
		Array.isArray(parent.arguments) &&
		parent.arguments.length === 0
	);
}

/** `a.b` for a member, `f` for what is called or constructed. */
function usedName(node: Node, parent: Node | undefined): string | undefined {
	if (
		node.type === "MemberExpression" &&
		isNode(node.object) &&
		isNode(node.property)
	) {
		const property = node.property.name ?? node.property.value;
		return `${rightmostName(node.object)}.${property}`;
	}
	if (node.type !== "Identifier" || parent === undefined) return undefined;
	const isCallee =
		(parent.type === "CallExpression" || parent.type === "NewExpression") &&
		parent.callee === node;
	const isShorthand =
		parent.type === "ImportSpecifier" && parent.imported === node;
	const name = node.name;
	return (isCallee || isShorthand) && typeof name === "string"
		? name
		: undefined;
}

/** `globalThis.process` counts as `process`. */
function rightmostName(node: Node): unknown {
	if (node.type === "MemberExpression" && isNode(node.property))
		return node.property.name;
	return node.name;
}
