/** Compares the real catalog with the model, after each step and at the end. */
import assert from "node:assert/strict";
import type { TestCatalog } from "../../../../test/support/catalog.ts";
import { PangolinError } from "../../../model/errors.ts";
import { formatTime, parseTime } from "../../../versioning/times.ts";
import { historySinceMicros } from "../history.ts";
import {
	committed,
	expected,
	isMergeable,
	isOld,
	isUndoable,
	mayBeExpired,
} from "./expecting.ts";
import {
	BEGINNING,
	chosen,
	commitsOf,
	type Drawn,
	type Operation,
} from "./operations.ts";
import { performed } from "./performing.ts";
import {
	diffOf,
	logAt,
	logOf,
	placeOf,
	type ShownThing,
	shownAt,
} from "./reading.ts";
import {
	type CommitCopy,
	type Content,
	objectPlace,
	pathOf,
	type RefCopy,
	type Thing,
	type World,
} from "./world.ts";

/** Does everything twice, and compares every answer. */
export async function compare(
	catalog: TestCatalog,
	drawn: readonly Drawn[],
): Promise<void> {
	let world = await firstWorld(catalog);
	for (const change of BEGINNING)
		world = await step(catalog, world, { do: "change", ref: "main", change });
	for (const [i, each] of drawn.entries()) {
		for (const operation of chosen(each, world, i))
			if (isModelled(world, operation))
				world = await step(catalog, world, operation);
	}
	await compareAll(catalog, world);
}

function isModelled(world: World, operation: Operation): boolean {
	switch (operation.do) {
		case "merge":
			return isMergeable(world, operation.source, operation.target);
		case "rebase":
			return (
				operation.name === "main" ||
				isMergeable(world, operation.name, operation.onto)
			);
		case "revert":
		case "rollBack":
			return isUndoable(world, operation);
		default:
			return true;
	}
}

async function step(
	catalog: TestCatalog,
	world: World,
	operation: Operation,
): Promise<World> {
	const context = JSON.stringify(operation);
	const sinceMicros = historySinceMicros(
		catalog.deps,
		catalog.scope.located.catalog,
	);
	const real = await performed(catalog, operation);
	const isGone =
		real.refused === "ref-not-found" &&
		mayBeExpired(world, operation, sinceMicros);
	if (isGone) return world;
	const outcome = expected(world, operation, {
		id: real.id ?? "",
		sinceMicros,
	});
	const refusal = "refused" in outcome ? outcome.refused : undefined;
	assert.equal(real.refused, refusal, context);
	if ("refused" in outcome) return world;
	if ("world" in outcome) return outcome.world;
	const { ref } = outcome.committed;
	const [newest] = await logAt(catalog, ref);
	assert.ok(newest !== undefined, context);
	assert.ok(!commitsOf(world).has(newest.id), context);
	const timeMicros = parseTime(newest.committed_at) ?? Number.NaN;
	const next = committed(world, outcome.committed, {
		id: newest.id,
		timeMicros,
	});
	await compareRef(catalog, next, ref, context);
	return next;
}

/** A new catalog's own commits come first. */
async function firstWorld(catalog: TestCatalog): Promise<World> {
	const shown = await shownAt(catalog, "main");
	const things = new Map(
		[...shown.things].map(([place, thing]) => [
			place,
			{ ...thing, before: [] },
		]),
	);
	const main: RefCopy = {
		kind: "branch",
		content: things,
		log: [],
		dropped: [],
		isProtected: false,
		isPartial: false,
	};
	const [only, ...others] = (await logAt(catalog, "main")).reverse();
	assert.ok(others.length === 0);
	const world = new Map([["main", main]]);
	if (only === undefined) return world;
	const first = {
		ref: "main",
		content: things,
		places: only.changes.map(placeOf),
	};
	const timeMicros = parseTime(only.committed_at) ?? Number.NaN;
	return committed(world, first, { id: only.id, timeMicros });
}

async function compareAll(catalog: TestCatalog, world: World): Promise<void> {
	for (const ref of world.keys())
		await compareRef(catalog, world, ref, "at the end");
	for (const commit of commitsOf(world).values())
		await compareState(catalog, world, commit, commit.id);
	const main = world.get("main")?.log ?? [];
	for (const [i, commit] of main.entries()) {
		const { timeMicros } = commit;
		const times = [timeMicros, (main[i + 1]?.timeMicros ?? timeMicros + 1) - 1];
		for (const time of times)
			await compareState(catalog, world, commit, formatTime(time));
	}
	const refs = [...world].filter(([, { isPartial }]) => !isPartial);
	for (const [from, before] of refs)
		for (const [to, after] of refs)
			assert.deepEqual(
				differencesIn(await diffOf(catalog, from, to)),
				differences(before.content, after.content),
				`from ${from} to ${to}`,
			);
}

/** What a commit made, unless it fell out of the history. */
async function compareState(
	catalog: TestCatalog,
	world: World,
	commit: CommitCopy,
	text: string,
): Promise<void> {
	const since = historySinceMicros(catalog.deps, catalog.scope.located.catalog);
	try {
		await compareContent(catalog, text, commit.content, "a commit or time");
	} catch (error) {
		const isMissing =
			error instanceof PangolinError && error.code === "ref-not-found";
		if (!isMissing || !isOld(world, commit, since)) throw error;
	}
}

async function compareRef(
	catalog: TestCatalog,
	world: World,
	ref: string,
	context: string,
): Promise<void> {
	const copy = world.get(ref);
	assert.ok(copy !== undefined);
	const { guarded } = await compareContent(catalog, ref, copy.content, context);
	assert.deepEqual(guarded.toSorted(), guardedIn(world, ref), context);
	const log = await logAt(catalog, ref);
	const expectedLog = copy.log.toReversed();
	// What was merged from a branch that is deleted may be gone with it.
	const kept = commitsOf(world);
	const isKept = (parent: string, i: number) => i === 0 || kept.has(parent);
	assert.deepEqual(
		log.map(({ id, parent_ids, changes }) => [
			id,
			parent_ids.filter(isKept),
			changes.map(placeOf).sort(),
		]),
		expectedLog.map(({ id, parents, places }) => [
			id,
			parents.map((parent) => parent.id).filter(isKept),
			places.toSorted(),
		]),
		context,
	);
	const since = historySinceMicros(catalog.deps, catalog.scope.located.catalog);
	for (const path of ["a.t", "b.t"]) {
		const listed = new Set(await logOf(catalog, ref, path));
		const expectedIds = expectedLog
			.filter(({ places }) => places.includes(objectPlace(path)))
			// What the history has forgotten of a table, its own log has not.
			.filter((each) => listed.has(each.id) || !isOld(world, each, since))
			.map(({ id }) => id);
		assert.deepEqual([...listed], expectedIds, context);
	}
}

async function compareContent(
	catalog: TestCatalog,
	ref: string,
	content: Content,
	context: string,
) {
	const shown = await shownAt(catalog, ref);
	const expectedThings = new Map<string, ShownThing>();
	for (const [place, { kind, id, value }] of content)
		expectedThings.set(place, { kind, id, value });
	const sorted = (things: ReadonlyMap<string, ShownThing>) =>
		[...things].sort(([x], [y]) => (x < y ? -1 : 1));
	assert.deepEqual(
		sorted(shown.things),
		sorted(expectedThings),
		`${ref}: ${context}`,
	);
	return shown;
}

/** Tables that another ref shows, too; and all of what stands still. */
function guardedIn(world: World, ref: string): string[] {
	const copy = world.get(ref);
	const elsewhere = new Set(
		[...world]
			.filter(([name]) => name !== ref)
			.flatMap(([, { content }]) => [...content.values()])
			.map(({ id }) => id),
	);
	return [...(copy?.content ?? [])]
		.filter(
			([, { kind, id }]) =>
				kind === "table" && (copy?.kind === "tag" || elsewhere.has(id)),
		)
		.map(([place]) => place)
		.sort();
}

/** What became of it, its path before and its path after. */
type Differences = (readonly string[])[];

/** Thing by thing: what has the same id is the same thing. */
function differences(from: Content, to: Content): Differences {
	const [old, now] = [placedById(from), placedById(to)];
	return [...new Set([...old.keys(), ...now.keys()])]
		.flatMap((id) => {
			const [before, after] = [old.get(id), now.get(id)];
			const change = changeBetween(before, after);
			if (change === undefined) return [];
			const paths = [before, after].map((each) => pathOf(each?.place ?? ""));
			return [[change, ...paths]];
		})
		.sort(bySense);
}

interface Placed {
	readonly place: string;
	readonly thing: Thing;
}

function placedById(content: Content): Map<string, Placed> {
	const placed = [...content].map(([place, thing]) => ({ place, thing }));
	return new Map(placed.map((each) => [each.thing.id, each]));
}

function changeBetween(
	before: Placed | undefined,
	after: Placed | undefined,
): string | undefined {
	if (before === undefined) return "added";
	if (after === undefined) return "removed";
	if (before.place !== after.place) return "renamed";
	return before.thing.value === after.thing.value ? undefined : "changed";
}

function differencesIn(found: Awaited<ReturnType<typeof diffOf>>): Differences {
	return found
		.map(({ change, path, from_path: before }) => {
			const name = path.join(".");
			const from = before?.join(".") ?? (change === "added" ? "" : name);
			return [change, from, change === "removed" ? "" : name];
		})
		.sort(bySense);
}

function bySense(a: readonly string[], b: readonly string[]): number {
	return a.join(" ") < b.join(" ") ? -1 : 1;
}
