import { assert } from "../model/errors.ts";
import { applyPlans } from "./applyPlans.ts";
import type { CatalogDeps } from "./deps.ts";
import { recordedOf } from "./loadAnswers.ts";
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
	readonly plan: Changed<M>;
}

/**
 * Creates a table or view as planned.
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
				plans: [plan],
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
