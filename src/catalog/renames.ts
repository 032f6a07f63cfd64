import { PangolinError } from "../model/errors.ts";
import { checkName, displayName, type Identifier } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import {
	findObject,
	namespaceMissing,
	nounOf,
	objectKey,
	requireNamespace,
	requireObject,
} from "./entries.ts";
import type { RenameRequest } from "./requests.ts";
import { requireWritable, type Scope } from "./scope.ts";
import { refuseUnexpected, submit, untilDecided } from "./submit.ts";

/**
 * Renames a table or moves it to another namespace of the catalog. Its files
 * stay where they are. To its own name: nothing happens.
 * @throws PangolinError `table-not-found`, `namespace-not-found`, `already-exists`
 */
export async function renameTable(
	deps: CatalogDeps,
	scope: Scope,
	request: RenameRequest,
): Promise<void> {
	await rename(deps, scope, "table", request);
}

/**
 * Renames a view or moves it to another namespace of the catalog.
 * @throws PangolinError `view-not-found`, `namespace-not-found`, `already-exists`
 */
export async function renameView(
	deps: CatalogDeps,
	scope: Scope,
	request: RenameRequest,
): Promise<void> {
	await rename(deps, scope, "view", request);
}

async function rename(
	deps: CatalogDeps,
	scope: Scope,
	kind: "table" | "view",
	{ source, destination }: RenameRequest,
): Promise<void> {
	requireWritable(scope);
	checkName(kind, destination.name);
	const first = await requireObject(deps, scope, kind, source);
	const message = `rename ${kind} ${displayName(source)} to ${displayName(destination)}`;
	await deps.queue.run([first.entry.id], () =>
		untilDecided(deps, displayName(source), async () => {
			const row = await requireObject(deps, scope, kind, source);
			const answer = { kind: "empty" } as const;
			if (isSameName(source, destination)) {
				scope.slot?.record(answer);
				return true;
			}
			await requireRoom(deps, scope, source, destination);
			const submission = await submit(deps, scope, {
				entries: [
					{ op: "drop", key: row.key, ifVersion: row.version },
					{ op: "create", key: objectKey(destination), entry: row.entry },
				],
				message,
				answer,
			});
			if (submission.outcome === "applied") return true;
			if (submission.entry === undefined) refuseUnexpected(scope, submission);
			return undefined;
		}),
	);
}

export function isSameName(a: Identifier, b: Identifier): boolean {
	return a.name === b.name && objectKey(a).parent === objectKey(b).parent;
}

/** @throws PangolinError `namespace-not-found`, `already-exists` */
export async function requireRoom(
	deps: CatalogDeps,
	scope: Scope,
	source: Identifier,
	destination: Identifier,
): Promise<void> {
	if (destination.namespace.length === 0)
		throw namespaceMissing(destination.namespace);
	await requireNamespace(deps, scope, destination.namespace);
	const present = await findObject(deps, scope, destination);
	if (present !== undefined) {
		throw new PangolinError(
			"already-exists",
			`Cannot rename ${displayName(source)} to ${displayName(destination)}. ${nounOf(present)} already exists`,
		);
	}
}
