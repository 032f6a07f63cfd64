/**
 * Branded identifiers: two ids of different things cannot be swapped, although
 * both are strings at run time.
 */
declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

export type TenantId = Branded<string, "TenantId">;
export type WarehouseId = Branded<string, "WarehouseId">;
export type CatalogId = Branded<string, "CatalogId">;
/** A line holds the versions of one branch (see store/contract.ts). */
export type LineId = Branded<string, "LineId">;
/** Stable across branches, renames and merges; also the id of a namespace. */
export type AssetId = Branded<string, "AssetId">;
export type CommitId = Branded<string, "CommitId">;
export type JobId = Branded<string, "JobId">;
export type ReportId = Branded<string, "ReportId">;
export type MergeOperationId = Branded<string, "MergeOperationId">;
export type ConflictId = Branded<string, "ConflictId">;
export type PrincipalId = Branded<string, "PrincipalId">;

/** RFC 9562 UUID, lower case, 36 characters. */
export const UUID_PATTERN =
	/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const NIL_UUID = "00000000-0000-0000-0000-000000000000";

/** The tenant that exists from the first start. */
export const DEFAULT_TENANT_ID = NIL_UUID as TenantId;

/**
 * Gives a plain string its brand. Only for strings that were just made by
 * `NewUuid`, read from a store, or checked.
 */
export function brandId<Id extends Branded<string, string>>(value: string): Id {
	return value as Id;
}

/** Makes a fresh UUID (version 7, so that new rows sort by time). Injected. */
export type NewUuid = () => string;

/** Milliseconds since the epoch, as an integer. Injected. */
export type Clock = () => number;

/**
 * RFC 9562 version 7: milliseconds first, so that new rows sort by time.
 * @param random a UUID of version 4
 */
export function uuidV7(nowMillis: number, random: string): string {
	const time = nowMillis.toString(16).padStart(12, "0");
	return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
