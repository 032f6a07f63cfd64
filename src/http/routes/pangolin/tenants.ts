import {
	createTenant,
	deleteTenant,
	getTenant,
	listTenants,
	updateTenant,
} from "../../../admin/tenants.ts";
import { json } from "../../answer.ts";
import { route } from "../../route.ts";
import { createTenantBody, updateTenantBody } from "./bodies.ts";
import { answerOf, SLICE_QUERY } from "./effects.ts";

const ALL = "/api/v1/tenants";
const ONE = "/api/v1/tenants/{id}";

export const tenantRoutes = [
	route({
		id: "listTenants",
		method: "GET",
		path: ALL,
		summary: "Lists tenants",
		allow: "tenant.list",
		errors: [],
		query: SLICE_QUERY,
		handler: async ({ admin }, { query }) =>
			json(200, await listTenants(admin, query)),
	}),
	route({
		id: "createTenant",
		method: "POST",
		path: ALL,
		summary: "Creates a tenant",
		allow: "tenant.create",
		errors: ["already-exists"],
		idempotent: "plain",
		body: createTenantBody,
		handler: async ({ admin }, request) =>
			answerOf(await createTenant(admin, request, request.body)),
	}),
	route({
		id: "getTenant",
		method: "GET",
		path: ONE,
		summary: "Shows a tenant",
		allow: "tenant.read",
		errors: ["tenant-not-found"],
		handler: async ({ admin }, { params }) =>
			json(200, await getTenant(admin, params.id)),
	}),
	route({
		id: "updateTenant",
		method: "PUT",
		path: ONE,
		summary: "Changes the given fields of a tenant",
		allow: "tenant.update",
		errors: ["tenant-not-found", "commit-conflict"],
		idempotent: "plain",
		body: updateTenantBody,
		handler: async ({ admin }, request) =>
			answerOf(
				await updateTenant(admin, request, request.params.id, request.body),
			),
	}),
	route({
		id: "deleteTenant",
		method: "DELETE",
		path: ONE,
		summary: "Deletes a tenant that nothing uses",
		allow: "tenant.delete",
		errors: ["tenant-not-found", "in-use"],
		idempotent: "plain",
		handler: async ({ admin }, request) =>
			answerOf(await deleteTenant(admin, request, request.params.id)),
	}),
];
