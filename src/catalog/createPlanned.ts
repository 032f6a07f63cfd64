import { assert } from "../model/errors.ts";
import type { AssetId } from "../model/ids.ts";
import type { Identifier } from "../model/names.ts";
import { applyPlans } from "./applyPlans.ts";
import type { CatalogDeps } from "./deps.ts";
import { requireNamespace } from "./entries.ts";
import { recordedOf } from "./loadAnswers.ts";
import { withoutTrailingSlash } from "./locationRules.ts";
import { defaultLocation } from "./locations.ts";
import type { Cached } from "./metadataCache.ts";
import type { Metadata, MetadataKind } from "./metadataKinds.ts";
import { observed } from "./observed.ts";
import type { Changed } from "./plans.ts";
import type { Scope } from "./scope.ts";
import { untilDecided } from "./submit.ts";

/** Something that is to appear under a name, whatever happens around it. */
export interface PlannedCreate<M extends Metadata> {
	readonly kind: MetadataKind<M>;
	readonly operation: string;
	readonly message: string;
	/** Called at every attempt. */
	plan(): Changed<M> | Promise<Changed<M>>;
}

/**
 * Creates or registers a table or view as planned.
 * @throws PangolinError `already-exists`, `namespace-not-found`,
 *   `location-busy`, `commit-state-unknown`
 */
export async function createPlanned<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	{ kind, operation, message, plan }: PlannedCreate<M>,
): Promise<Cached<M>> {
	return observed(deps, operation, (retried) =>
		untilDecided(deps, message, async (retries) => {
			retried(retries);
			const files = await applyPlans(deps, scope, {
				kind,
				plans: [await plan()],
				message,
				answerOf: ([file]) => recordedOf(file),
			});
			if (files === undefined) return undefined;
			const [file] = files;
			assert(file !== undefined, "one plan, one file");
			return { result: file, isUnchanged: false };
		}),
	);
}

/**
 * Where something new is to be: where its request says, else where it would be by itself.
 * @throws PangolinError `namespace-not-found`, `location-not-allowed`, `bad-request`
 */
export async function newLocation(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	asset: AssetId,
	chosen: unknown,
): Promise<string> {
	if (typeof chosen === "string") scope.storage.canonical(chosen);
	const row = await requireNamespace(deps, scope, identifier.namespace);
	return typeof chosen === "string"
		? withoutTrailingSlash(chosen)
		: defaultLocation(scope.storage, scope.located, row, identifier, asset);
}
