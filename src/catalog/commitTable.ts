import { assert } from "../model/errors.ts";
import { displayName, type Identifier } from "../model/names.ts";
import { commitChanges } from "./commitChanges.ts";
import type { CatalogDeps } from "./deps.ts";
import { loadedAfterEffect } from "./guardedAnswers.ts";
import { recordedOf } from "./loadAnswers.ts";
import type { CommitTableRequest } from "./requests.ts";
import type { LoadedTable } from "./results.ts";
import type { Scope } from "./scope.ts";

/**
 * Commits updates to a table if its requirements hold; with `assert-create` the
 * table is created. Without any change the answer is the current metadata.
 * @throws PangolinError `table-not-found`, `namespace-not-found`,
 *   `already-exists`, `commit-conflict`, `commit-state-unknown`, `bad-request`,
 *   `validation-failed`, `location-not-allowed`, `location-busy`, `forbidden`
 */
export async function commitTable(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	request: CommitTableRequest,
): Promise<LoadedTable> {
	const { requirements, updates } = request;
	const [file] = await commitChanges(
		deps,
		scope,
		[{ identifier, requirements, updates }],
		{
			operation: "commit-table",
			message: `commit to table ${displayName(identifier)}`,
			answerOf: ([committed]) => recordedOf(committed),
		},
	);
	assert(file !== undefined, "one change, one file");
	return loadedAfterEffect(deps, scope, file);
}
