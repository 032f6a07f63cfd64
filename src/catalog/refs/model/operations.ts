import fc from "fast-check";
import { formatTime } from "../../../versioning/times.ts";
import type {
	CommitCopy,
	Content,
	ObjectKind,
	RefCopy,
	Thing,
	World,
} from "./world.ts";
import { objectPlace, pathOf } from "./world.ts";

/** What somebody does to a ref's content. */
export type Change =
	| { readonly do: "createNamespace"; readonly path: string }
	| { readonly do: "dropNamespace"; readonly path: string }
	| {
			readonly do: "setProperty";
			readonly kind: Thing["kind"];
			readonly path: string;
			/** Never the same twice. */
			readonly value: string;
	  }
	| {
			readonly do: "createObject" | "dropObject" | "undrop";
			readonly kind: ObjectKind;
			readonly path: string;
	  }
	| {
			readonly do: "renameObject";
			readonly kind: ObjectKind;
			readonly path: string;
			readonly to: string;
	  };

/** Of a commit of the ref's own log. */
export interface Undo {
	readonly ref: string;
	readonly commit: string;
}

export type Operation =
	| { readonly do: "change"; readonly ref: string; readonly change: Change }
	| {
			readonly do: "createBranch";
			readonly name: string;
			readonly from: string;
			/** Empty: everything. */
			readonly assets: readonly string[];
	  }
	| {
			readonly do: "merge";
			readonly source: string;
			readonly target: string;
			readonly strategy: "AutoMerge" | "TakeSource" | "TakeTarget";
			readonly squash: boolean;
	  }
	| { readonly do: "rebase"; readonly name: string; readonly onto: string }
	/** What waits in the background is done, and the history is cleaned. */
	| { readonly do: "runJobs" }
	/** More than the history is kept. */
	| { readonly do: "passTime" }
	| ({ readonly do: "revert" } & Undo)
	| ({ readonly do: "rollBack" } & Undo)
	| { readonly do: "createTag"; readonly name: string; readonly from: string }
	| { readonly do: "deleteBranch"; readonly name: string }
	| { readonly do: "deleteTag"; readonly name: string }
	| { readonly do: "renameBranch"; readonly name: string; readonly to: string }
	| {
			readonly do: "protectBranch";
			readonly name: string;
			readonly on: boolean;
	  };

const KINDS = [
	"createNamespace",
	"dropNamespace",
	"setProperty",
	"createObject",
	"dropObject",
	"renameObject",
	"undrop",
	"createBranch",
	"createTag",
	"deleteRef",
	"renameBranch",
	"protectBranch",
	"merge",
	"revert",
	"rollBack",
	"rebase",
	"retire",
	"runJobs",
	"passTime",
] as const;

/** An operation whose names are still to be chosen among what there is. */
export type Drawn = readonly [
	kind: (typeof KINDS)[number],
	ref: number,
	a: number,
	b: number,
	c: number,
];

const weights: Readonly<Record<Drawn[0], number>> = {
	createNamespace: 2,
	dropNamespace: 1,
	setProperty: 6,
	createObject: 5,
	dropObject: 2,
	renameObject: 3,
	undrop: 2,
	createBranch: 6,
	createTag: 2,
	deleteRef: 3,
	renameBranch: 1,
	protectBranch: 1,
	merge: 9,
	revert: 3,
	rollBack: 2,
	rebase: 2,
	retire: 3,
	runJobs: 3,
	passTime: 1,
};

/** Small numbers are no likelier, so that all names are met. */
const number = fc.noBias(fc.nat({ max: 1000 }));

export function operations(maxLength: number): fc.Arbitrary<Drawn[]> {
	const kind = fc.oneof(
		...KINDS.map((each) => ({
			weight: weights[each],
			arbitrary: fc.constant(each),
		})),
	);
	return fc.array(fc.tuple(kind, number, number, number, number), {
		minLength: Math.min(10, maxLength),
		maxLength,
		size: "max",
	});
}

const NAMESPACES = ["a", "b", "a.c"];
const OBJECTS = ["a.t", "a.u", "b.t", "b.u", "a.c.t"];
const NAMES = ["main", "dev", "fix", "test/1", "v1", "v2"];

/** @param step makes values unique */
export function chosen(
	drawn: Drawn,
	world: World,
	step: number,
): readonly Operation[] {
	const [kind, ref, a, b] = drawn;
	return kind === "retire"
		? retirement(world, ref, a, b)
		: [oneChosen([kind, ref, a, b, drawn[4]], world, step)];
}

/** A branch is merged into one or two others, deleted and cleaned up after. */
function retirement(
	world: World,
	ref: number,
	a: number,
	b: number,
): Operation[] {
	const branches = [...world.keys()]
		.filter((each) => isWritable(world, each))
		.sort();
	const others = branches.filter((each) => each !== "main");
	if (others.length === 0) return [];
	const source = pick(others, ref);
	const targets = branches.filter((each) => each !== source);
	const merges = new Set([pick(targets, a), pick(targets, b)]);
	return [
		...[...merges].map(
			(target): Operation => ({
				do: "merge",
				source,
				target,
				strategy: "TakeSource",
				squash: false,
			}),
		),
		{ do: "deleteBranch", name: source },
		{ do: "runJobs" },
	];
}

type Single = readonly [
	Exclude<Drawn[0], "retire">,
	number,
	number,
	number,
	number,
];

function oneChosen(
	[kind, ref, a, b, c]: Single,
	world: World,
	step: number,
): Operation {
	const names = [...world.keys()].sort();
	const name = pick(names, ref);
	const others = names.filter((each) => each !== "main");
	const fresh = pick(NAMES, a);
	switch (kind) {
		case "createBranch": {
			const [from, source] = sourceOf(world, b, c);
			const assets = ref % 6 === 0 ? assetsOf(source, a) : [];
			return { do: kind, name: fresh, from, assets };
		}
		case "createTag":
			return { do: kind, name: fresh, from: sourceOf(world, b, c)[0] };
		case "deleteRef": {
			const of = pick([...others, ...others, "main"], ref);
			const isTag = world.get(of)?.kind === "tag";
			return { do: isTag ? "deleteTag" : "deleteBranch", name: of };
		}
		case "renameBranch":
			return { do: kind, name, to: fresh };
		case "revert":
		case "rollBack": {
			const log = world.get(name)?.log ?? [];
			const commit = log[b % Math.max(1, log.length)]?.id ?? "";
			return { do: kind, ref: name, commit };
		}
		case "merge":
			return mergeOf(world, ref, b, c);
		case "rebase":
			return {
				do: kind,
				name: pick([...others, ...others, "main"], ref),
				onto: pick(names, b),
			};
		case "runJobs":
		case "passTime":
			return { do: kind };
		case "protectBranch":
			return { do: kind, name, on: b % 3 === 0 };
		default: {
			const writable = names.filter((each) => isWritable(world, each));
			const at = pick([...writable, ...writable, ...names], ref);
			const copy = world.get(at) ?? { content: new Map(), dropped: [] };
			const change = changeOf([kind, ref, a, b, c], copy, step);
			return { do: "change", ref: at, change };
		}
	}
}

/** Into a branch mostly, and seldom into itself. */
function mergeOf(world: World, a: number, b: number, c: number): Operation {
	const names = [...world.keys()].sort();
	const branches = names.filter((each) => world.get(each)?.kind === "branch");
	const target = pick([...branches, ...branches, ...names], a);
	const others = names.filter((each) => each !== target);
	const source = pick([...others, ...others, ...others, target], b);
	const strategy =
		(["TakeSource", "TakeTarget"] as const)[c % 6] ?? "AutoMerge";
	return { do: "merge", source, target, strategy, squash: c % 11 === 0 };
}

function isWritable(world: World, name: string): boolean {
	const copy = world.get(name);
	return copy?.kind === "branch" && !copy.isProtected;
}

function changeOf(
	[kind, , a, b, c]: Single,
	{ content, dropped }: Pick<RefCopy, "content" | "dropped">,
	step: number,
): Change {
	const newKind = (["view", "asset"] as const)[c % 4] ?? "table";
	const namespaces = pathsOf(content, ["namespace"], NAMESPACES);
	const path = pick(pathsOf(content, OBJECT_KINDS, OBJECTS), a);
	const thing = content.get(objectPlace(path));
	const objectKind = kindOf(thing) ?? newKind;
	switch (kind) {
		case "createNamespace":
			return { do: kind, path: pick(NAMESPACES, a) };
		case "dropNamespace":
			return { do: kind, path: pick(namespaces, a) };
		case "createObject":
			return { do: kind, kind: newKind, path: pick(OBJECTS, a) };
		case "dropObject":
			return { do: kind, kind: objectKind, path };
		case "undrop": {
			const last = dropped[a % Math.max(1, dropped.length)];
			const place = last === undefined ? path : pathOf(last.place);
			return { do: kind, kind: kindOf(last?.thing) ?? newKind, path: place };
		}
		case "renameObject":
			return { do: kind, kind: objectKind, path, to: pick(OBJECTS, b) };
		default: {
			const value = String(step);
			return b % 4 === 0
				? {
						do: "setProperty",
						kind: "namespace",
						path: pick(namespaces, a),
						value,
					}
				: { do: "setProperty", kind: objectKind, path, value };
		}
	}
}

const OBJECT_KINDS: readonly ObjectKind[] = ["table", "view", "asset"];

function kindOf(thing: Thing | undefined): ObjectKind | undefined {
	return thing?.kind === "namespace" ? undefined : thing?.kind;
}

/** What there is, mostly; sometimes what there is not. */
function pathsOf(
	content: Content,
	kinds: readonly string[],
	others: readonly string[],
): string[] {
	const present = [...content]
		.filter(([, { kind }]) => kinds.includes(kind))
		.map(([place]) => pathOf(place))
		.sort();
	return [...present, ...present, ...present, ...others];
}

/** A ref, a commit or a time, and what it shows. */
function sourceOf(
	world: World,
	b: number,
	c: number,
): [text: string, source: Pick<RefCopy, "content"> | undefined] {
	const names = [...world.keys(), "none"].sort();
	const main = world.get("main")?.log ?? [];
	const commits = [...commitsOf(world).values()];
	const commit = commits[c % Math.max(1, commits.length)];
	const moment = main[c % Math.max(1, main.length)];
	if (b % 4 === 0 && commit !== undefined) return [commit.id, commit];
	if (b % 4 === 1 && moment !== undefined)
		return [formatTime(moment.timeMicros), moment];
	const name = pick(names, c);
	return [name, world.get(name)];
}

/** All that some ref still needs, in the order of their ids. */
export function commitsOf(world: World): Map<string, CommitCopy> {
	const commits = [...world.values()].flatMap(({ log }) => log);
	return new Map(
		commits
			.map((commit) => [commit.id, commit] as const)
			.sort(([x], [y]) => (x < y ? -1 : 1)),
	);
}

function assetsOf(
	source: Pick<RefCopy, "content"> | undefined,
	a: number,
): string[] {
	const objects = pathsOf(source?.content ?? new Map(), OBJECT_KINDS, []);
	return [
		...new Set([pick([...objects, "a.none"], a), ...objects.slice(0, 1)]),
	];
}

function pick(values: readonly string[], at: number): string {
	return values[at % values.length] ?? "";
}

/** What every drawn history begins with, so that there is something to change. */
export const BEGINNING: readonly Change[] = [
	{ do: "createNamespace", path: "a.c" },
	{ do: "createNamespace", path: "b" },
	{ do: "createObject", kind: "table", path: "a.t" },
	{ do: "createObject", kind: "table", path: "b.t" },
	{ do: "createObject", kind: "view", path: "a.u" },
];
