import {
	createTag,
	deleteTag,
	getTag,
	listTags,
} from "../../../catalog/refs/tags.ts";
import { json, NO_CONTENT } from "../../answer.ts";
import { route } from "../../route.ts";
import { CATALOG_QUERY, catalogOf } from "./catalogNames.ts";
import { LIST_QUERY, listAnswer } from "./lists.ts";
import { createTagBody } from "./refBodies.ts";

const ALL = "/api/v1/tags";
const ONE = "/api/v1/tags/{name}";

export const tagRoutes = [
	route({
		id: "listTags",
		method: "GET",
		path: ALL,
		summary: "Lists the tags of a catalog, by name",
		allow: "tag.list",
		errors: ["catalog-not-found"],
		query: { ...CATALOG_QUERY, ...LIST_QUERY },
		handler: async (deps, { principal, query }) => {
			const catalog = await catalogOf(deps, principal, query.catalog);
			return listAnswer(query, async (page) => {
				const list = await listTags(deps.catalog, principal, catalog, page);
				return { rows: list.tags, nextPageToken: list.nextPageToken };
			});
		},
	}),
	route({
		id: "createTag",
		method: "POST",
		path: ALL,
		summary: "Names a state of a catalog for good",
		allow: "tag.create",
		errors: ["catalog-not-found", "ref-not-found", "already-exists"],
		idempotent: "plain",
		body: createTagBody,
		// 200 and not 201: the original's status.
		handler: async (deps, { principal, slot, body }) => {
			const catalog = await catalogOf(deps, principal, body.catalog);
			const caller = { principal, slot };
			return json(
				200,
				await createTag(deps.catalog, caller, catalog, body.request),
			);
		},
	}),
	route({
		id: "getTag",
		method: "GET",
		path: ONE,
		summary: "Shows a tag",
		allow: "tag.read",
		errors: ["catalog-not-found", "ref-not-found"],
		query: CATALOG_QUERY,
		handler: async (deps, { principal, params, query }) => {
			const catalog = await catalogOf(deps, principal, query.catalog);
			return json(
				200,
				await getTag(deps.catalog, principal, catalog, params.name),
			);
		},
	}),
	route({
		id: "deleteTag",
		method: "DELETE",
		path: ONE,
		summary: "Deletes a tag",
		allow: "tag.delete",
		errors: ["catalog-not-found", "ref-not-found"],
		idempotent: "plain",
		query: CATALOG_QUERY,
		handler: async (deps, { principal, slot, params, query }) => {
			const catalog = await catalogOf(deps, principal, query.catalog);
			const caller = { principal, slot };
			await deleteTag(deps.catalog, caller, catalog, params.name);
			return NO_CONTENT;
		},
	}),
];
