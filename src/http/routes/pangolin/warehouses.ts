import {
	createWarehouse,
	deleteWarehouse,
	getWarehouse,
	listWarehouses,
	updateWarehouse,
} from "../../../admin/warehouses.ts";
import { json } from "../../answer.ts";
import { route } from "../../route.ts";
import { createWarehouseBody, updateWarehouseBody } from "./bodies.ts";
import { answerOf, SLICE_QUERY } from "./effects.ts";

const ALL = "/api/v1/warehouses";
const ONE = "/api/v1/warehouses/{name}";

export const warehouseRoutes = [
	route({
		id: "listWarehouses",
		method: "GET",
		path: ALL,
		summary: "Lists warehouses",
		allow: "warehouse.list",
		errors: [],
		query: SLICE_QUERY,
		handler: async ({ admin }, { principal, query }) =>
			json(200, await listWarehouses(admin, principal, query)),
	}),
	route({
		id: "createWarehouse",
		method: "POST",
		path: ALL,
		summary: "Creates a warehouse",
		allow: "warehouse.create",
		errors: ["already-exists"],
		idempotent: "plain",
		body: createWarehouseBody,
		handler: async ({ admin }, request) =>
			answerOf(await createWarehouse(admin, request, request.body)),
	}),
	route({
		id: "getWarehouse",
		method: "GET",
		path: ONE,
		summary: "Shows a warehouse",
		allow: "warehouse.read",
		errors: ["warehouse-not-found"],
		handler: async ({ admin }, { principal, params }) =>
			json(200, await getWarehouse(admin, principal, params.name)),
	}),
	route({
		id: "updateWarehouse",
		method: "PUT",
		path: ONE,
		summary: "Changes the given fields of a warehouse",
		allow: "warehouse.update",
		errors: ["warehouse-not-found", "commit-conflict"],
		idempotent: "plain",
		body: updateWarehouseBody,
		handler: async ({ admin }, request) =>
			answerOf(
				await updateWarehouse(
					admin,
					request,
					request.params.name,
					request.body,
				),
			),
	}),
	route({
		id: "deleteWarehouse",
		method: "DELETE",
		path: ONE,
		summary: "Deletes a warehouse that nothing uses",
		allow: "warehouse.delete",
		errors: ["warehouse-not-found", "in-use"],
		idempotent: "plain",
		handler: async ({ admin }, request) =>
			answerOf(await deleteWarehouse(admin, request, request.params.name)),
	}),
];
