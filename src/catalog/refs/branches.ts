import type { Principal } from "../../model/principal.ts";
import type { CatalogDeps } from "../deps.ts";
import type { PageRequest } from "../requests.ts";
import type {
	CreateBranchRequest,
	RefCaller,
	UpdateBranchRequest,
} from "./requests.ts";
import type { BranchList, BranchResult } from "./results.ts";

/**
 * Makes a branch of any state of the catalog: two rows, whatever its size.
 * @throws PangolinError `catalog-not-found`, `ref-not-found` (the source),
 *   `asset-not-found`, `already-exists` (a branch or tag), `bad-request`
 */
export declare function createBranch(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	request: CreateBranchRequest,
): Promise<BranchResult>;

/** By name. @throws PangolinError `catalog-not-found`, `bad-request` */
export declare function listBranches(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	page: PageRequest,
): Promise<BranchList>;

/** @throws PangolinError `catalog-not-found`, `ref-not-found` */
export declare function getBranch(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	name: string,
): Promise<BranchResult>;

/**
 * Renames a branch, protects it or frees it, sets its expiry.
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `already-exists`,
 *   `bad-request` (`main` keeps its name and never expires)
 */
export declare function updateBranch(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	name: string,
	request: UpdateBranchRequest,
): Promise<BranchResult>;

/** @throws PangolinError `catalog-not-found`, `ref-not-found`, `bad-request` (`main`), `forbidden` (protected) */
export declare function deleteBranch(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	name: string,
): Promise<void>;
