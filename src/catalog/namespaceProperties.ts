import { PangolinError } from "../model/errors.ts";
import { displayPath, type NamespacePath } from "../model/names.ts";
import type { Properties } from "../model/registry.ts";
import type { CatalogDeps } from "./deps.ts";
import { requireNamespace } from "./entries.ts";
import { checkNamespaceLocation } from "./locationRules.ts";
import type { UpdateNamespacePropertiesRequest } from "./requests.ts";
import type { NamespaceUpdateResult } from "./results.ts";
import { requireWritable, type Scope } from "./scope.ts";
import { refuseUnexpected, submit, untilDecided } from "./submit.ts";

/**
 * Sets and removes properties of a namespace.
 * @returns which keys were set, removed, and could not be removed
 * @throws PangolinError `namespace-not-found`, `unprocessable` (a key on both
 *   sides), `location-not-allowed`
 */
export async function updateNamespaceProperties(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	request: UpdateNamespacePropertiesRequest,
): Promise<NamespaceUpdateResult> {
	requireWritable(scope);
	const updates = request.updates ?? {};
	const removals = [...new Set(request.removals ?? [])];
	refuseBothSides(updates, removals);
	await checkNamespaceLocation(scope.storage, updates);
	const name = displayPath(namespace);
	return untilDecided(deps, `namespace ${name}`, async () => {
		const row = await requireNamespace(deps, scope, namespace);
		const { properties } = row.entry;
		const result = outcomeOf(properties, updates, removals);
		const answer = {
			kind: "json",
			body: JSON.stringify(result),
		} as const;
		const changed = withChanges(properties, updates, removals);
		if (isSame(changed, properties)) {
			scope.slot?.record(answer);
			return result;
		}
		const submission = await submit(deps, scope, {
			entries: [
				{
					op: "replace",
					key: row.key,
					entry: { ...row.entry, properties: changed },
					ifVersion: row.version,
				},
			],
			message: `set properties of namespace ${name}`,
			answer,
		});
		if (submission.outcome === "applied") return result;
		if (submission.entry === undefined) refuseUnexpected(scope, submission);
		return undefined;
	});
}

function refuseBothSides(
	updates: Properties,
	removals: readonly string[],
): void {
	const both = removals.filter((key) => Object.hasOwn(updates, key));
	if (both.length > 0) {
		throw new PangolinError(
			"unprocessable",
			`Invalid namespace update: cannot simultaneously set and remove keys: ${both.join(", ")}`,
		);
	}
}

function outcomeOf(
	properties: Properties,
	updates: Properties,
	removals: readonly string[],
): NamespaceUpdateResult {
	return {
		updated: Object.keys(updates),
		removed: removals.filter((key) => Object.hasOwn(properties, key)),
		missing: removals.filter((key) => !Object.hasOwn(properties, key)),
	};
}

/** Keys keep their places; new ones come last. */
function withChanges(
	properties: Properties,
	updates: Properties,
	removals: readonly string[],
): Properties {
	const removed = new Set(removals);
	const merged = { ...properties, ...updates };
	return Object.fromEntries(
		Object.entries(merged).filter(([key]) => !removed.has(key)),
	);
}

function isSame(a: Properties, b: Properties): boolean {
	return (
		JSON.stringify(Object.entries(a)) === JSON.stringify(Object.entries(b))
	);
}
