import { PangolinError } from "../../model/errors.ts";
import { changesBetween } from "../../versioning/mergeChanges.ts";
import { parseRefSpec } from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import { requireWritable, type Scope } from "../scope.ts";
import { untilDecided } from "../submit.ts";
import { compareStates } from "./comparing.ts";
import { requireTime } from "./locate.ts";
import { chainOf, requireLine, requireState, type State } from "./states.ts";
import { applyUndo } from "./undoing.ts";
import type { RollbackRequest } from "./undoRequests.ts";
import type { UndoResult } from "./undoResults.ts";
import { versionsOf } from "./writing.ts";

/**
 * Lets a branch show again what it showed at an earlier state of its history, by
 * one commit on top: the commits since then stay in the log and can be gone
 * back to in the same way. Tables point to the metadata files that they had.
 * @throws PangolinError `ref-not-found` (unknown, or history expired),
 *   `bad-request` (not of this branch's history), `file-not-found` (something was
 *   purged since), `already-exists`, `location-busy`, `forbidden`,
 *   `commit-conflict`, `commit-state-unknown`
 */
export async function rollBack(
	deps: CatalogDeps,
	scope: Scope,
	{ to, dryRun }: RollbackRequest,
): Promise<UndoResult> {
	requireWritable(scope);
	const { catalog, ref } = scope.located;
	const { tenant } = catalog;
	return untilDecided(deps, `branch ${ref.name}`, async () => {
		const versions = await versionsOf(deps, tenant, catalog.name);
		const state = await stateOf(deps, scope, to);
		const line = await requireLine(deps, scope.located);
		const head = { line: line.id, number: line.head };
		await requireOwn(deps, scope, head, state, to);
		const { ours, theirs } = await compareStates(deps, tenant, {
			base: state,
			ours: head,
			theirs: state,
		});
		const changes = changesBetween<never>(ours, [...theirs.values()]);
		return applyUndo(deps, scope, {
			plan: { changes, requires: [] },
			versions,
			at: head,
			target: ours,
			message: `roll ${ref.name} back to ${to}`,
			dryRun,
		});
	});
}

/**
 * Times are those of the branch itself. Before its line's first commit it may
 * have had another line, which a rebase took away.
 */
async function stateOf(
	deps: CatalogDeps,
	{ located }: Scope,
	to: string,
): Promise<State> {
	const { catalog, ref } = located;
	const spec = parseRefSpec(to);
	if (spec.kind !== "time")
		return requireState(deps, catalog.tenant, catalog.name, to);
	const state = await requireTime(deps, located, spec.timeMicros, to);
	if (state.line === ref.line) return state;
	throw new PangolinError(
		"bad-request",
		`${to} is before the first commit of branch ${ref.name}; name the commit or tag to go back to`,
	);
}

/** What another branch showed is for a merge to bring. */
async function requireOwn(
	deps: CatalogDeps,
	{ located: { catalog, ref } }: Scope,
	head: State,
	state: State,
	to: string,
): Promise<void> {
	const chain = await chainOf(deps, catalog.tenant, head);
	const isOwn = chain.some(
		({ line, number }) => line.id === state.line && state.number <= number,
	);
	if (isOwn) return;
	throw new PangolinError(
		"bad-request",
		`${catalog.name}@${to} is not in the history of branch ${ref.name}; the log of the branch lists what is`,
	);
}
