import type { Principal } from "../../model/principal.ts";
import type { CatalogDeps } from "../deps.ts";
import type { PageRequest } from "../requests.ts";
import type { CreateTagRequest, RefCaller } from "./requests.ts";
import type { TagList, TagResult } from "./results.ts";

/**
 * Names a state of the catalog for good. The recorded answer has status 200.
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `already-exists`, `bad-request`
 */
export declare function createTag(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	request: CreateTagRequest,
): Promise<TagResult>;

/** By name. @throws PangolinError `catalog-not-found`, `bad-request` */
export declare function listTags(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	page: PageRequest,
): Promise<TagList>;

/** @throws PangolinError `catalog-not-found`, `ref-not-found` */
export declare function getTag(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	name: string,
): Promise<TagResult>;

/** @throws PangolinError `catalog-not-found`, `ref-not-found` */
export declare function deleteTag(
	deps: CatalogDeps,
	caller: RefCaller,
	catalog: string,
	name: string,
): Promise<void>;
