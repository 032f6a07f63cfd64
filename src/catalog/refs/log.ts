import type { Identifier } from "../../model/names.ts";
import type { Principal } from "../../model/principal.ts";
import type { CatalogDeps } from "../deps.ts";
import type { PageRequest } from "../requests.ts";
import type { CommitList, CommitResult } from "./results.ts";

/**
 * The commits that made what a ref shows, newest first; always in pages (no
 * token: the first one).
 * @param ref a branch, tag, commit id or time
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `bad-request`
 */
export declare function listCommits(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	ref: string,
	page: PageRequest,
): Promise<CommitList>;

/** As `listCommits`, those that changed what has this name. */
export declare function tableLog(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	ref: string,
	identifier: Identifier,
	page: PageRequest,
): Promise<CommitList>;

/** @throws PangolinError `catalog-not-found`, `ref-not-found` */
export declare function getCommit(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	id: string,
): Promise<CommitResult>;
