import type { Location } from "../files/contract.ts";
import { PangolinError } from "../model/errors.ts";
import type { AssetId } from "../model/ids.ts";
import type { ClaimChange } from "../store/changes.ts";
import type { Claim } from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import type { Scope } from "./scope.ts";

/** The folders that a change wants, and for which table or view. */
export interface WantedFolders {
	readonly folders: readonly string[];
	readonly asset: AssetId;
	readonly uuid: string;
	/** Assets that no ref shows and whose claims give way. */
	readonly yielding?: readonly AssetId[] | undefined;
}

export function claimChanges(
	scope: Scope,
	{ folders, asset, uuid, yielding = [] }: WantedFolders,
): ClaimChange[] {
	const { tenant } = scope.principal;
	const given = yielding.map(
		(dropped): ClaimChange => ({ op: "releaseClaims", tenant, asset: dropped }),
	);
	const taken = folders.map(
		(location): ClaimChange => ({
			op: "claim",
			claim: {
				location,
				tenant,
				catalog: scope.located.catalog.id,
				asset,
				uuid,
				state: "held",
			},
		}),
	);
	return [...given, ...taken];
}

/** How many claims in the way are looked at. */
const EXAMINED_CLAIMS = 20;
const POLL_MILLIS = 50;

/**
 * Finds out what stands in the way of wanted folders. A purge that is under way
 * is waited for, within bounds.
 * @returns the assets without a ref that give way to a new table at the very same place
 * @throws PangolinError `already-exists`, `location-busy`
 */
export async function clearTheWay(
	deps: CatalogDeps,
	scope: Scope,
	wanted: WantedFolders,
): Promise<AssetId[]> {
	const tries = Math.ceil(deps.limits.locationWaitMillis / POLL_MILLIS);
	for (let tried = 0; ; tried++) {
		const obstacles = await obstaclesTo(deps, wanted);
		const busy = obstacles.find(({ claim }) => claim.state === "purging");
		if (busy === undefined) return yieldingAssets(deps, scope, obstacles);
		if (tried >= tries) throw stillPurged(busy.wanted);
		deps.kickJobs();
		await deps.wait(POLL_MILLIS);
	}
}

/** A claim that another asset has on a place that is wanted. */
interface Obstacle {
	readonly wanted: string;
	readonly claim: Claim;
	/** The same table is registered again: the store lets it have the claim. */
	readonly isTakenOver: boolean;
}

async function obstaclesTo(
	deps: CatalogDeps,
	{ folders, asset, uuid }: WantedFolders,
): Promise<Obstacle[]> {
	const found = await Promise.all(
		folders.map(async (wanted) => {
			const claims = await deps.store.claims.overlapping(
				wanted,
				EXAMINED_CLAIMS,
			);
			return claims
				.filter((claim) => claim.asset !== asset)
				.map((claim) => {
					const isTakenOver = isOfSameTable(claim, wanted, uuid);
					return { claim, wanted, isTakenOver };
				});
		}),
	);
	return found.flat();
}

/** What the store takes over. */
function isOfSameTable(claim: Claim, wanted: string, uuid: string): boolean {
	return (
		claim.state === "dropped" &&
		claim.location === wanted &&
		claim.uuid === uuid
	);
}

async function yieldingAssets(
	deps: CatalogDeps,
	scope: Scope,
	obstacles: readonly Obstacle[],
): Promise<AssetId[]> {
	const yielding = new Set<AssetId>();
	for (const obstacle of obstacles) {
		if (!(await givesWay(deps, scope, obstacle)))
			throw locationTaken(obstacle.wanted);
		if (!obstacle.isTakenOver) yielding.add(obstacle.claim.asset);
	}
	return [...yielding];
}

/**
 * A table that was dropped without a purge, or went with its branch, gives way
 * to itself, and where its catalog asks for the very same place; not while any
 * ref shows it.
 */
async function givesWay(
	deps: CatalogDeps,
	scope: Scope,
	{ claim, wanted, isTakenOver }: Obstacle,
): Promise<boolean> {
	const isOwn =
		claim.state !== "purging" &&
		claim.location === wanted &&
		claim.tenant === scope.principal.tenant &&
		claim.catalog === scope.located.catalog.id;
	if (!isOwn && !isTakenOver) return false;
	return !(await deps.store.entries.isReachable(claim.tenant, claim.asset));
}

/**
 * A metadata file below a folder that belongs to another table or view would be
 * deleted together with that one.
 * @param own assets whose folders it may lie in
 * @throws PangolinError `already-exists`, `location-busy`
 */
export async function requireForeignFolderFree(
	deps: CatalogDeps,
	file: Location,
	own: readonly AssetId[],
): Promise<void> {
	const folder = file.slice(0, file.lastIndexOf("/") + 1);
	const claims = await deps.store.claims.overlapping(folder, EXAMINED_CLAIMS);
	for (const { location, asset, state } of claims) {
		if (!folder.startsWith(location) || own.includes(asset)) continue;
		if (state === "purging") throw stillPurged(location);
		if (state === "held") throw locationTaken(folder);
	}
}

export function locationTaken(location: string): PangolinError {
	return new PangolinError(
		"already-exists",
		`Location is taken: ${location} is, contains or lies inside the location of another table or view`,
	);
}

function stillPurged(location: string): PangolinError {
	return new PangolinError(
		"location-busy",
		`Location is busy: the files of a dropped table at ${location} are still being deleted, try again later`,
	);
}
