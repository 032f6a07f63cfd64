import { displayName } from "../model/names.ts";
import { commitChanges } from "./commitChanges.ts";
import type { CatalogDeps } from "./deps.ts";
import type { TableChange } from "./requests.ts";
import type { Scope } from "./scope.ts";

const NAMED_TABLES = 5;

/**
 * Commits to several tables as one commit, all or nothing. Tables that do not
 * exist yet may be among them, as the end of staged creates.
 * @throws PangolinError as `commitTable`; `bad-request` when a table occurs twice
 */
export async function commitTransaction(
	deps: CatalogDeps,
	scope: Scope,
	changes: readonly TableChange[],
): Promise<void> {
	const names = changes.map(({ identifier }) => displayName(identifier));
	const more = names.length - NAMED_TABLES;
	await commitChanges(deps, scope, changes, {
		operation: "commit-transaction",
		message: `commit to tables ${names.slice(0, NAMED_TABLES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
		answerOf: () => ({ kind: "empty" }),
	});
}
