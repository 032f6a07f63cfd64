import { readFileSync } from "node:fs";
import { parse } from "@babel/parser";

/** One source file, parsed. Paths are relative to the project, with slashes. */
export interface SourceFile {
	readonly path: string;
	readonly lineCount: number;
	readonly program: Node;
	readonly imports: readonly Import[];
}

export interface Import {
	/** A path of the project for relative imports, else the package or `node:` name. */
	readonly target: string;
	readonly relative: boolean;
	readonly dynamic: boolean;
	/** `export … from`. */
	readonly reexport: boolean;
	/** Types only: gone at run time. */
	readonly typeOnly: boolean;
	readonly line: number;
}

/** A node of the syntax tree, as far as the rules look at it. */
export interface Node {
	readonly type: string;
	readonly loc: {
		readonly start: { readonly line: number };
		readonly end: { readonly line: number };
	};
	readonly [key: string]: unknown;
}

export function readSource(root: URL, path: string): SourceFile {
	return parseSource(path, readFileSync(new URL(path, root), "utf8"));
}

/** @throws SyntaxError for what is not TypeScript or JavaScript */
export function parseSource(path: string, text: string): SourceFile {
	const { program } = parse(text, {
		createImportExpressions: true,
		sourceType: path.endsWith(".cjs") ? "script" : "module",
		plugins: ["typescript"],
		allowReturnOutsideFunction: path.endsWith(".cjs"),
	});
	if (!isNode(program)) throw new Error(`${path}: no syntax tree`);
	return {
		path,
		lineCount: text.endsWith("\n")
			? text.split("\n").length - 1
			: text.split("\n").length,
		program,
		imports: [...walk(program)].flatMap(({ node }) => importOf(path, node)),
	};
}

export function isNode(value: unknown): value is Node {
	return (
		typeof value === "object" &&
		value !== null &&
		"type" in value &&
		"loc" in value
	);
}

/** Every node with its parent, outermost first. */
export function* walk(
	node: Node,
	parent?: Node,
): Generator<{ node: Node; parent: Node | undefined }> {
	yield { node, parent };
	for (const value of Object.values(node)) {
		for (const child of Array.isArray(value) ? value : [value]) {
			if (isNode(child)) yield* walk(child, node);
		}
	}
}

function importOf(path: string, node: Node): Import[] {
	const source = specifierOf(node);
	if (source === undefined) return [];
	const relative = source.startsWith(".");
	return [
		{
			target: relative
				? new URL(source, `file:///${path}`).pathname.slice(1)
				: source,
			relative,
			dynamic:
				node.type === "ImportExpression" || node.type === "CallExpression",
			reexport:
				node.type === "ExportNamedDeclaration" ||
				node.type === "ExportAllDeclaration",
			typeOnly: isTypeOnly(node),
			line: node.loc.start.line,
		},
	];
}

function specifierOf(node: Node): string | undefined {
	switch (node.type) {
		case "ImportDeclaration":
		case "ExportNamedDeclaration":
		case "ExportAllDeclaration":
		case "ImportExpression":
		case "TSImportType":
			return literal(node.source ?? node.argument);
		case "CallExpression":
			return isNode(node.callee) &&
				node.callee.name === "require" &&
				Array.isArray(node.arguments)
				? literal(node.arguments[0])
				: undefined;
		default:
			return undefined;
	}
}

function isTypeOnly(node: Node): boolean {
	if (node.type === "TSImportType") return true;
	if (node.importKind === "type" || node.exportKind === "type") return true;
	const specifiers = node.specifiers;
	return (
		Array.isArray(specifiers) &&
		specifiers.length > 0 &&
		specifiers.every(
			(each) =>
				isNode(each) &&
				(each.importKind === "type" || each.exportKind === "type"),
		)
	);
}

function literal(value: unknown): string | undefined {
	return isNode(value) && typeof value.value === "string"
		? value.value
		: undefined;
}
