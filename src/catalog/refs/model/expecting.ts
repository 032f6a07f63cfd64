/** What an operation makes of the model's world. */
import type { ErrorCode } from "../../../model/errors.ts";
import { parseRefSpec } from "../../../versioning/refNames.ts";
import { mergeBases, merged } from "./merging.ts";
import {
	type Change,
	commitsOf,
	type Operation,
	type Undo,
} from "./operations.ts";
import {
	type CommitCopy,
	type Content,
	createNamespace,
	createObject,
	dropNamespace,
	dropObject,
	droppedAfter,
	namespacePlace,
	type Outcome,
	objectPlace,
	onlyShowing,
	type RefCopy,
	renameObject,
	setProperty,
	undrop,
	type World,
} from "./world.ts";

/** What a change makes of the model's world; of a commit only id and time are still missing. */
export type Expected =
	| { readonly refused: ErrorCode | "conflicted" }
	| { readonly world: World }
	| {
			readonly committed: { readonly ref: string } & Pick<
				CommitCopy,
				"content" | "places"
			> & {
					readonly merged?: CommitCopy | undefined;
					/** What the ref is before that; default: what it was. */
					readonly on?: World;
				};
	  };

/** What the model cannot know by itself. */
interface Given {
	/** That the real catalog gave to what was created. */
	readonly id: string;
	/** How far back the history is kept. */
	readonly sinceMicros: number;
}

export function expected(
	world: World,
	operation: Operation,
	{ id, sinceMicros }: Given,
): Expected {
	switch (operation.do) {
		case "change": {
			const { ref, change } = operation;
			return expectedChange(world, ref, change, { id, sinceMicros });
		}
		case "createBranch":
		case "createTag":
			return created(world, operation);
		case "deleteTag":
			return { world: without(world, operation.name) };
		case "deleteBranch":
		case "renameBranch":
		case "protectBranch":
			return ofBranch(world, operation);
		case "merge":
			return ofMerge(world, operation);
		case "rebase":
			return ofRebase(world, operation);
		case "runJobs":
		case "passTime":
			return { world };
		case "revert":
		case "rollBack":
			return ofUndo(world, operation);
	}
}

/** Copies that lack something cannot tell what they hide, several bases have no one result. */
export function isMergeable(
	world: World,
	source: string,
	target: string,
): boolean {
	const [theirs, ours] = [world.get(source), world.get(target)];
	if (theirs === undefined || ours === undefined) return false;
	return (
		!theirs.isPartial &&
		!ours.isPartial &&
		mergeBases(ours, theirs).length === 1
	);
}

function ofMerge(
	world: World,
	{ source, target, strategy, squash }: Extract<Operation, { do: "merge" }>,
): Expected {
	if (source === target) return { refused: "bad-request" };
	const [theirs, ours] = [world.get(source), world.get(target)];
	if (theirs === undefined || ours === undefined)
		return { refused: "ref-not-found" };
	if (ours.kind === "tag") return { refused: "forbidden" };
	const [base] = mergeBases(ours, theirs);
	const last = theirs.log.at(-1);
	if (base === undefined || base.id === last?.id) return { world };
	const winners = {
		AutoMerge: undefined,
		TakeSource: "theirs",
		TakeTarget: "ours",
	} as const;
	const winner = winners[strategy];
	const content = merged(base.content, ours.content, theirs.content, winner);
	if (content === undefined) return { refused: "conflicted" };
	const places = changedPlaces(ours.content, content);
	if (squash)
		return places.length === 0
			? { world }
			: { committed: { ref: target, content, places } };
	const brings = changedPlaces(base.content, theirs.content);
	return brings.length === 0 && places.length === 0
		? { world }
		: { committed: { ref: target, content, places, merged: last } };
}

function ofRebase(
	world: World,
	{ name, onto }: Extract<Operation, { do: "rebase" }>,
): Expected {
	if (name === "main" || name === onto) return { refused: "bad-request" };
	const [theirs, ours] = [world.get(name), world.get(onto)];
	if (theirs === undefined || ours === undefined)
		return { refused: "ref-not-found" };
	if (theirs.kind === "tag" || theirs.isProtected)
		return { refused: "forbidden" };
	const [base] = mergeBases(ours, theirs);
	if (base === undefined || base.id === ours.log.at(-1)?.id) return { world };
	const content = merged(base.content, ours.content, theirs.content);
	if (content === undefined) return { refused: "conflicted" };
	const { log } = ours;
	const moved = { ...theirs, content: ours.content, log, dropped: [] };
	const next = new Map(world).set(name, moved);
	const places = changedPlaces(ours.content, content);
	return places.length === 0
		? { world: next }
		: { committed: { ref: name, content, places, on: next } };
}

function ofUndo(
	world: World,
	{ do: how, ref, commit: id }: Undo & { readonly do: "revert" | "rollBack" },
): Expected {
	const copy = world.get(ref);
	if (copy === undefined) return { refused: "ref-not-found" };
	if (copy.kind === "tag" || copy.isProtected) return { refused: "forbidden" };
	const commit = copy.log.find((each) => each.id === id);
	const before = commit?.parents[0];
	if (commit === undefined || before === undefined) return { world };
	const content =
		how === "rollBack"
			? commit.content
			: merged(commit.content, copy.content, before.content);
	if (content === undefined) return { refused: "conflicted" };
	const places = changedPlaces(copy.content, content);
	return places.length === 0
		? { world }
		: { committed: { ref, content, places } };
}

/** Only a copy of everything, and only what had something before it. */
export function isUndoable(world: World, { ref, commit }: Undo): boolean {
	const copy = world.get(ref);
	const found = copy?.log.find(({ id }) => id === commit);
	const [before] = found?.parents ?? [];
	return (
		copy?.isPartial === false &&
		found?.isPartial === false &&
		before?.isPartial === false
	);
}

/** Whether an operation names a state that took its last breath before the history that is kept. */
export function mayBeExpired(
	world: World,
	operation: Operation,
	sinceMicros: number,
): boolean {
	const named = (id: string) => commitsOf(world).get(id);
	switch (operation.do) {
		case "createBranch":
		case "createTag": {
			const spec = parseRefSpec(operation.from);
			if (spec.kind === "name") return false;
			const log = stateOf(world, operation.from)?.log;
			return isOld(world, log?.at(-1), sinceMicros);
		}
		case "revert":
		case "rollBack": {
			const commit = named(operation.commit);
			return [commit, commit?.parents[0]].some((each) =>
				isOld(world, each, sinceMicros),
			);
		}
		default:
			return false;
	}
}

/** No ref shows it, and something took its place before the history that is kept. */
export function isOld(
	world: World,
	commit: CommitCopy | undefined,
	sinceMicros: number,
): boolean {
	if (commit === undefined) return false;
	const logs = [...world.values()].map(({ log }) => log);
	const next = logs.flatMap((log) => {
		const at = log.findIndex(({ id }) => id === commit.id);
		return at < 0 ? [] : [log[at + 1]?.timeMicros ?? Number.POSITIVE_INFINITY];
	});
	return (
		!next.includes(Number.POSITIVE_INFINITY) &&
		next.some((timeMicros) => timeMicros <= sinceMicros)
	);
}

function changedPlaces(before: Content, after: Content): string[] {
	return [...new Set([...before.keys(), ...after.keys()])].filter((place) => {
		const [old, now] = [before.get(place), after.get(place)];
		return old?.id !== now?.id || old?.value !== now?.value;
	});
}

function expectedChange(
	world: World,
	ref: string,
	change: Change,
	given: Given,
): Expected {
	const copy = world.get(ref);
	if (copy === undefined) return { refused: "ref-not-found" };
	if (copy.kind === "tag" || copy.isProtected) return { refused: "forbidden" };
	const outcome = outcomeOf(copy, change, given);
	if ("refused" in outcome) return outcome;
	const { content, places } = outcome;
	if (places.length === 0) return { world };
	return { committed: { ref, content, places } };
}

function outcomeOf(
	copy: RefCopy,
	change: Change,
	{ id, sinceMicros }: Given,
): Outcome {
	const { content } = copy;
	const { path } = change;
	switch (change.do) {
		case "createNamespace":
			return createNamespace(content, path);
		case "dropNamespace":
			return dropNamespace(content, path);
		case "setProperty": {
			const { kind, value } = change;
			const isNamespace = kind === "namespace";
			const place = isNamespace ? namespacePlace(path) : objectPlace(path);
			return setProperty(content, place, kind, value);
		}
		case "createObject": {
			const thing = { kind: change.kind, id, value: null, before: [] };
			return createObject(content, path, thing);
		}
		case "dropObject":
			return dropObject(content, path, change.kind);
		case "undrop":
			return undrop(copy, path, change.kind, sinceMicros);
		case "renameObject":
			return renameObject(content, change.kind, path, change.to);
	}
}

function created(
	world: World,
	operation: Extract<Operation, { do: "createBranch" | "createTag" }>,
): Expected {
	const { name, from } = operation;
	if (world.has(name)) return { refused: "already-exists" };
	const source = stateOf(world, from);
	if (source === undefined) return { refused: "ref-not-found" };
	const { content, log, isPartial } = source;
	const assets = operation.do === "createBranch" ? operation.assets : [];
	if (!assets.every((path) => content.has(objectPlace(path))))
		return { refused: "asset-not-found" };
	const copy: RefCopy = {
		kind: operation.do === "createTag" ? "tag" : "branch",
		content: assets.length === 0 ? content : onlyShowing(content, assets),
		log,
		dropped: [],
		isProtected: false,
		isPartial: isPartial || assets.length > 0,
	};
	return { world: new Map(world).set(name, copy) };
}

/** What a branch, tag, commit or time shows. */
function stateOf(
	world: World,
	text: string,
): Pick<RefCopy, "content" | "log" | "isPartial"> | undefined {
	const spec = parseRefSpec(text);
	if (spec.kind === "name") return world.get(text);
	if (spec.kind === "commit") return commitsOf(world).get(spec.id);
	return world
		.get("main")
		?.log.findLast(({ timeMicros }) => timeMicros <= spec.timeMicros);
}

function ofBranch(
	world: World,
	operation: Extract<
		Operation,
		{ do: "deleteBranch" | "renameBranch" | "protectBranch" }
	>,
): Expected {
	const { name } = operation;
	const copy = world.get(name);
	const isMain = name === "main";
	if (operation.do === "deleteBranch" && isMain)
		return { refused: "bad-request" };
	if (operation.do === "renameBranch" && isMain && operation.to !== name)
		return { refused: "bad-request" };
	if (copy === undefined || copy.kind === "tag")
		return { refused: "ref-not-found" };
	switch (operation.do) {
		case "protectBranch": {
			const next = { ...copy, isProtected: operation.on };
			return { world: new Map(world).set(name, next) };
		}
		case "renameBranch": {
			const { to } = operation;
			if (to === name) return { world };
			if (world.has(to)) return { refused: "already-exists" };
			return { world: without(world, name).set(to, copy) };
		}
		case "deleteBranch":
			return copy.isProtected
				? { refused: "forbidden" }
				: { world: without(world, name) };
	}
}

function without(world: World, name: string): Map<string, RefCopy> {
	const rest = new Map(world);
	rest.delete(name);
	return rest;
}

/** The commit that the real catalog made of an expected one. */
export function committed(
	world: World,
	{
		ref,
		content,
		places,
		merged,
		on = world,
	}: Extract<Expected, { committed: unknown }>["committed"],
	{ id, timeMicros }: Pick<CommitCopy, "id" | "timeMicros">,
): World {
	const copy = on.get(ref);
	if (copy === undefined) throw new Error(`no ref ${ref}`);
	const { isPartial } = copy;
	const log: CommitCopy[] = [...copy.log];
	const parents = [copy.log.at(-1), merged].flatMap((each) => each ?? []);
	log.push({
		id,
		timeMicros,
		places,
		content,
		log,
		parents,
		isPartial,
	});
	const dropped = droppedAfter(copy, content, timeMicros);
	return new Map(on).set(ref, { ...copy, content, log, dropped });
}
