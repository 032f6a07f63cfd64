import { parameterAt } from "./paths.ts";

/** What a path leads to: a target per method, and where the parameters stand. */
export interface Place<Target> {
	readonly targets: Map<string, Target>;
}

/** Finds targets by path, segment by segment, without decoding: one path has one spelling. */
export interface Router<Target> {
	/** `template` has `{names}` for its parameters. */
	add(template: string, method: string, target: Target): void;
	/**
	 * `segments` of a request path as it came, split at `/`. A place that has the
	 * method goes before one that has only others.
	 */
	find(segments: readonly string[], method: string): Place<Target> | undefined;
}

interface Node<Target> {
	readonly literals: Map<string, Node<Target>>;
	parameter: Node<Target> | undefined;
	readonly place: Place<Target>;
}

export function createRouter<Target>(): Router<Target> {
	const root = newNode<Target>();
	return {
		add(template, method, target) {
			let node = root;
			for (const segment of template.split("/")) node = child(node, segment);
			node.place.targets.set(method, target);
		},
		find: (segments, method) =>
			search(root, segments, 0, (targets) => targets.has(method)) ??
			search(root, segments, 0, (targets) => targets.size > 0),
	};
}

function newNode<Target>(): Node<Target> {
	return {
		literals: new Map(),
		parameter: undefined,
		place: { targets: new Map() },
	};
}

function child<Target>(node: Node<Target>, segment: string): Node<Target> {
	if (parameterAt(segment) !== undefined) {
		node.parameter ??= newNode();
		return node.parameter;
	}
	let next = node.literals.get(segment);
	if (next === undefined) {
		next = newNode();
		node.literals.set(segment, next);
	}
	return next;
}

/** A literal goes before a parameter; where it leads nowhere, the parameter is tried. */
function search<Target>(
	node: Node<Target>,
	segments: readonly string[],
	at: number,
	isWanted: (targets: Place<Target>["targets"]) => boolean,
): Place<Target> | undefined {
	const segment = segments[at];
	if (segment === undefined)
		return isWanted(node.place.targets) ? node.place : undefined;
	const literal = node.literals.get(segment);
	if (literal !== undefined) {
		const found = search(literal, segments, at + 1, isWanted);
		if (found !== undefined) return found;
	}
	if (node.parameter === undefined || segment === "") return undefined;
	return search(node.parameter, segments, at + 1, isWanted);
}
