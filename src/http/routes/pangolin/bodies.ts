import type { CatalogRequest } from "../../../admin/catalogs.ts";
import type { TenantRequest } from "../../../admin/tenants.ts";
import type { WarehouseRequest } from "../../../admin/warehouses.ts";
import { jsonBody } from "../../body.ts";

const TEXT = { type: "string", maxLength: 4096 };
const NULLABLE_TEXT = { type: ["string", "null"], maxLength: 4096 };
const PROPERTIES = {
	type: ["object", "null"],
	maxProperties: 1000,
	additionalProperties: { type: "string", maxLength: 65_536 },
};

const TENANT = { name: TEXT, properties: PROPERTIES };
const WAREHOUSE = {
	name: TEXT,
	use_sts: { type: ["boolean", "null"] },
	storage_config: PROPERTIES,
	vending_strategy: {
		anyOf: [{ type: ["object", "null"] }, { const: "None" }],
	},
};
const CATALOG = {
	name: TEXT,
	catalog_type: NULLABLE_TEXT,
	warehouse_name: NULLABLE_TEXT,
	storage_location: NULLABLE_TEXT,
	properties: PROPERTIES,
};

export const createTenantBody = creation<TenantRequest>(TENANT);
export const updateTenantBody = update<TenantRequest>(TENANT);
export const createWarehouseBody = creation<WarehouseRequest>(WAREHOUSE);
export const updateWarehouseBody = update<WarehouseRequest>(WAREHOUSE);
export const createCatalogBody = creation<CatalogRequest>(CATALOG);
export const updateCatalogBody = update<CatalogRequest>(CATALOG);

function creation<Body>(properties: Readonly<Record<string, object>>) {
	return jsonBody<Body>(
		{ type: "object", properties, required: ["name"] },
		{ normalise: (json) => snakeCase(json, Object.keys(properties)) },
	);
}

function update<Body>(properties: Readonly<Record<string, object>>) {
	return jsonBody<Partial<Body>>(
		{ type: "object", properties },
		{
			optional: true,
			normalise: (json) => snakeCase(json, Object.keys(properties)),
		},
	);
}

/** Reads the known fields in either spelling (`use-sts`, `use_sts`); the snake one wins. Others are dropped. */
function snakeCase(json: unknown, names: readonly string[]): unknown {
	if (typeof json !== "object" || json === null || Array.isArray(json))
		return json;
	const given = new Map<string, unknown>(Object.entries(json));
	const known = names.flatMap((name): [string, unknown][] => {
		const value = given.get(name) ?? given.get(name.replaceAll("_", "-"));
		return value === undefined ? [] : [[name, value]];
	});
	return Object.fromEntries(known);
}
