import { withPreviousMetadata } from "../iceberg/metadataLog.ts";
import { checkTableRequirements } from "../iceberg/requirements.ts";
import type { TableMetadata, TableRequirement } from "../iceberg/types.ts";
import { applyTableUpdates } from "../iceberg/updates/apply.ts";
import type { ChangeContext } from "../iceberg/updates/context.ts";
import { PangolinError } from "../model/errors.ts";
import { brandId } from "../model/ids.ts";
import { checkName } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import {
	findObject,
	type IcebergRow,
	nameTaken,
	requireNamespace,
	requireObject,
} from "./entries.ts";
import {
	checkLocations,
	claimedFolders,
	newlyClaimedFolders,
} from "./locationRules.ts";
import type { Cached } from "./metadataCache.ts";
import { readMetadata } from "./metadataFiles.ts";
import { TABLE } from "./metadataKinds.ts";
import type { Base, Changed, Plan } from "./plans.ts";
import { DELETES_OLD_METADATA, requireExpirable } from "./refs/sharing.ts";
import type { TableChange } from "./requests.ts";
import type { Scope } from "./scope.ts";

/** Whether a commit makes the table that it changes: the end of a staged create. */
export function isCreate(change: TableChange): boolean {
	const creates = change.requirements.some(
		({ type }) => type === "assert-create",
	);
	if (!creates) return false;
	const others = change.requirements.filter(
		({ type }) => type !== "assert-create",
	);
	if (others.length > 0) {
		throw new PangolinError(
			"bad-request",
			`Invalid create requirements: ${others.map(({ type }) => type).join(", ")}`,
		);
	}
	return true;
}

/**
 * Decides what a commit makes of a table, on its newest state.
 * @param row what the name showed a moment ago, when that is known
 * @throws PangolinError what the requirements, updates or locations refuse
 */
export async function planChange(
	deps: CatalogDeps,
	scope: Scope,
	change: TableChange,
	row: IcebergRow | undefined,
): Promise<Plan<TableMetadata>> {
	if (isCreate(change)) return planCreate(deps, scope, change);
	const current =
		row ?? (await requireObject(deps, scope, "table", change.identifier));
	const file = await readMetadata(deps, scope, TABLE, current.entry);
	return planUpdate(deps, scope, change, { row: current, file });
}

async function planUpdate(
	deps: CatalogDeps,
	scope: Scope,
	change: TableChange,
	base: Base<TableMetadata>,
): Promise<Plan<TableMetadata>> {
	const { identifier } = change;
	const { row, file } = base;
	requireHeld(file.metadata, change.requirements);
	const updated = applyTableUpdates(
		file.metadata,
		change.updates,
		contextOf(deps, file.metadata),
	);
	if (updated === file.metadata) return { changes: false, identifier, base };
	checkLocations(scope.storage, updated, file.metadata);
	const { metadata, removedFiles } = asNextFile(updated, file);
	return {
		changes: true,
		identifier,
		asset: row.entry.id,
		base,
		guards: change.updates.some(({ action }) => action === "remove-snapshots")
			? await requireExpirable(deps, scope, row.entry.id, file.metadata)
			: [],
		metadata,
		folders: newlyClaimedFolders(scope.storage, metadata, file.metadata),
		isLocationChosen: true,
		removedFiles,
	};
}

/**
 * New metadata with the file that it follows in its log.
 * @returns also the files that fell out of the log and that the table does not keep
 */
export function asNextFile(
	next: TableMetadata,
	previous: Cached<TableMetadata>,
): { metadata: TableMetadata; removedFiles: readonly string[] } {
	const { metadata, removedMetadataFiles } = withPreviousMetadata(next, {
		previousLocation: previous.metadataLocation,
		previousUpdatedMs: previous.metadata["last-updated-ms"],
	});
	return {
		metadata,
		removedFiles: deletesOldMetadata(metadata) ? removedMetadataFiles : [],
	};
}

function requireHeld(
	base: TableMetadata | undefined,
	requirements: readonly TableRequirement[],
): void {
	const refusal = checkTableRequirements(base, requirements);
	if (refusal !== undefined)
		throw new PangolinError(refusal.code, refusal.message);
}

/** A table's time never runs backwards, whatever the clock does. */
function contextOf(
	deps: CatalogDeps,
	base: TableMetadata | undefined,
): ChangeContext {
	return {
		nowMillis: Math.max(deps.clock(), base?.["last-updated-ms"] ?? 0),
		newUuid: deps.newUuid,
	};
}

function deletesOldMetadata(metadata: TableMetadata): boolean {
	const enabled = metadata.properties[DELETES_OLD_METADATA];
	return enabled?.toLowerCase() === "true";
}

async function planCreate(
	deps: CatalogDeps,
	scope: Scope,
	{ identifier, updates }: TableChange,
): Promise<Changed<TableMetadata>> {
	checkName("table", identifier.name);
	await requireNamespace(deps, scope, identifier.namespace);
	const present = await findObject(deps, scope, identifier);
	if (present?.entry.kind === "table") {
		throw new PangolinError(
			"already-exists",
			"Requirement failed: table already exists",
		);
	}
	if (present !== undefined) throw nameTaken("table", identifier, present);
	const metadata = applyTableUpdates(
		undefined,
		updates,
		contextOf(deps, undefined),
	);
	checkLocations(scope.storage, metadata, undefined);
	return {
		changes: true,
		identifier,
		asset: brandId(deps.newUuid()),
		base: undefined,
		metadata,
		folders: claimedFolders(scope.storage, metadata),
		isLocationChosen: true,
	};
}
