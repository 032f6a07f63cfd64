import type { ViewMetadata } from "../iceberg/types.ts";
import { applyViewUpdates } from "../iceberg/views/apply.ts";
import { checkViewRequirements } from "../iceberg/views/requirements.ts";
import { assert, PangolinError } from "../model/errors.ts";
import { displayName, type Identifier } from "../model/names.ts";
import { applyPlans } from "./applyPlans.ts";
import type { CatalogDeps } from "./deps.ts";
import { requireObject } from "./entries.ts";
import { loadedOf, recordedOf } from "./loadAnswers.ts";
import { checkLocations, newlyClaimedFolders } from "./locationRules.ts";
import { readMetadata } from "./metadataFiles.ts";
import { VIEW } from "./metadataKinds.ts";
import { observed } from "./observed.ts";
import type { Plan } from "./plans.ts";
import type { CommitViewRequest } from "./requests.ts";
import type { LoadedView } from "./results.ts";
import { requireWritable, type Scope } from "./scope.ts";
import { untilDecided } from "./submit.ts";

/**
 * Commits updates to a view if its requirements hold.
 * @throws PangolinError `view-not-found`, `commit-conflict`, `bad-request`,
 *   `location-not-allowed`, `forbidden`, `commit-state-unknown`
 */
export async function replaceView(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	request: CommitViewRequest,
): Promise<LoadedView> {
	requireWritable(scope);
	const first = await requireObject(deps, scope, "view", identifier);
	const message = `commit to view ${displayName(identifier)}`;
	return observed(deps, "commit-view", (retried) =>
		deps.queue.run([first.entry.id], () =>
			untilDecided(deps, message, async (retries) => {
				retried(retries);
				const plan = await planView(deps, scope, identifier, request);
				const files = await applyPlans(deps, scope, {
					kind: VIEW,
					plans: [plan],
					message,
					answerOf: ([file]) => recordedOf(file),
				});
				if (files === undefined) return undefined;
				const [file] = files;
				assert(file !== undefined, "one plan, one file");
				return { result: loadedOf(file), isUnchanged: !plan.changes };
			}),
		),
	);
}

async function planView(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	request: CommitViewRequest,
): Promise<Plan<ViewMetadata>> {
	const row = await requireObject(deps, scope, "view", identifier);
	const file = await readMetadata(deps, scope, VIEW, row.entry);
	const base = { row, file };
	const refusal = checkViewRequirements(file.metadata, request.requirements);
	if (refusal !== undefined)
		throw new PangolinError(refusal.code, refusal.message);
	const metadata = applyViewUpdates(file.metadata, request.updates, {
		nowMillis: deps.clock(),
		newUuid: deps.newUuid,
	});
	if (metadata === file.metadata) return { changes: false, identifier, base };
	checkLocations(scope.storage, metadata, file.metadata);
	return {
		changes: true,
		identifier,
		asset: row.entry.id,
		base,
		metadata,
		folders: newlyClaimedFolders(scope.storage, metadata, file.metadata),
		isLocationChosen: true,
	};
}
