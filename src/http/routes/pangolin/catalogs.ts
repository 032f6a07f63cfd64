import {
	createCatalog,
	deleteCatalog,
	getCatalog,
	listCatalogs,
	updateCatalog,
} from "../../../admin/catalogs.ts";
import { json } from "../../answer.ts";
import { route } from "../../route.ts";
import { createCatalogBody, updateCatalogBody } from "./bodies.ts";
import { answerOf, SLICE_QUERY } from "./effects.ts";

const ALL = "/api/v1/catalogs";
const ONE = "/api/v1/catalogs/{name}";

export const catalogRoutes = [
	route({
		id: "listCatalogs",
		method: "GET",
		path: ALL,
		summary: "Lists catalogs",
		allow: "catalog.list",
		errors: [],
		query: SLICE_QUERY,
		handler: async ({ admin }, { principal, query }) =>
			json(200, await listCatalogs(admin, principal, query)),
	}),
	route({
		id: "createCatalog",
		method: "POST",
		path: ALL,
		summary: "Creates a catalog",
		allow: "catalog.create",
		errors: ["already-exists"],
		idempotent: "plain",
		body: createCatalogBody,
		handler: async ({ admin }, request) =>
			answerOf(await createCatalog(admin, request, request.body)),
	}),
	route({
		id: "getCatalog",
		method: "GET",
		path: ONE,
		summary: "Shows a catalog",
		allow: "catalog.read",
		errors: ["catalog-not-found"],
		handler: async ({ admin }, { principal, params }) =>
			json(200, await getCatalog(admin, principal, params.name)),
	}),
	route({
		id: "updateCatalog",
		method: "PUT",
		path: ONE,
		summary: "Changes the given fields of a catalog",
		allow: "catalog.update",
		errors: ["catalog-not-found", "commit-conflict"],
		idempotent: "plain",
		body: updateCatalogBody,
		handler: async ({ admin }, request) =>
			answerOf(
				await updateCatalog(admin, request, request.params.name, request.body),
			),
	}),
	route({
		id: "deleteCatalog",
		method: "DELETE",
		path: ONE,
		summary: "Deletes a catalog that nothing uses",
		allow: "catalog.delete",
		errors: ["catalog-not-found", "in-use"],
		idempotent: "plain",
		handler: async ({ admin }, request) =>
			answerOf(await deleteCatalog(admin, request, request.params.name)),
	}),
];
