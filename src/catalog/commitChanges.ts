import type { TableMetadata } from "../iceberg/types.ts";
import { PangolinError } from "../model/errors.ts";
import { displayName } from "../model/names.ts";
import { applyPlans } from "./applyPlans.ts";
import type { CatalogDeps } from "./deps.ts";
import { type IcebergRow, objectKey, requireObject } from "./entries.ts";
import type { RecordedAnswer } from "./idempotencySlot.ts";
import type { Cached } from "./metadataCache.ts";
import { TABLE } from "./metadataKinds.ts";
import { observed } from "./observed.ts";
import type { Plan } from "./plans.ts";
import type { TableChange } from "./requests.ts";
import { requireWritable, type Scope } from "./scope.ts";
import { untilDecided } from "./submit.ts";
import { isCreate, planChange } from "./tablePlans.ts";

/** How commits to one table and transactions over several are told apart. */
export interface CommitStyle {
	readonly operation: string;
	readonly message: string;
	answerOf(files: readonly Cached<TableMetadata>[]): RecordedAnswer;
}

/**
 * Commits changes to tables, all or none. Commits of this server to the same
 * tables wait for one another; when another server was faster, requirements
 * are checked again on the new state.
 * @returns the metadata files in the order of the changes
 */
export async function commitChanges(
	deps: CatalogDeps,
	scope: Scope,
	changes: readonly TableChange[],
	style: CommitStyle,
): Promise<Cached<TableMetadata>[]> {
	requireWritable(scope);
	refuseDuplicates(changes);
	const rows = await currentRows(deps, scope, changes);
	const assets = rows.flatMap((row) => row?.entry.id ?? []);
	return observed(deps, style.operation, (retried) =>
		deps.queue.run(assets, (waited) =>
			untilDecided(deps, style.message, async (retries) => {
				retried(retries);
				const known = waited || retries > 0 ? [] : rows;
				const plans = await planAll(deps, scope, changes, known);
				const { message, answerOf } = style;
				const files = await applyPlans(deps, scope, {
					kind: TABLE,
					plans,
					message,
					answerOf,
				});
				const isUnchanged = !plans.some((plan) => plan.changes);
				return files && { result: files, isUnchanged };
			}),
		),
	);
}

async function planAll(
	deps: CatalogDeps,
	scope: Scope,
	changes: readonly TableChange[],
	rows: readonly (IcebergRow | undefined)[],
): Promise<Plan<TableMetadata>[]> {
	const plans: Plan<TableMetadata>[] = [];
	for (const [i, change] of changes.entries())
		plans.push(await planChange(deps, scope, change, rows[i]));
	return plans;
}

/** Undefined where the change creates the table. */
async function currentRows(
	deps: CatalogDeps,
	scope: Scope,
	changes: readonly TableChange[],
): Promise<(IcebergRow | undefined)[]> {
	const rows: (IcebergRow | undefined)[] = [];
	for (const change of changes) {
		rows.push(
			isCreate(change)
				? undefined
				: await requireObject(deps, scope, "table", change.identifier),
		);
	}
	return rows;
}

function refuseDuplicates(changes: readonly TableChange[]): void {
	const seen = new Set<string>();
	for (const { identifier } of changes) {
		const key = objectKey(identifier);
		const name = JSON.stringify([key.parent, key.name]);
		if (seen.has(name)) {
			throw new PangolinError(
				"bad-request",
				`Invalid transaction: it changes ${displayName(identifier)} twice`,
			);
		}
		seen.add(name);
	}
}
