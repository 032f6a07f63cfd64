import type { CatalogRequest } from "../../../admin/catalogs.ts";
import type { TenantRequest } from "../../../admin/tenants.ts";
import type { WarehouseRequest } from "../../../admin/warehouses.ts";
import type {
	CreateAssetRequest,
	UpdateAssetRequest,
} from "../../../catalog/requests.ts";
import type { BodyOptions, BodySpec } from "../../body.ts";
import { jsonBody } from "../../body.ts";

export const TEXT = { type: "string", maxLength: 4096 };
export const NULLABLE_TEXT = { type: ["string", "null"], maxLength: 4096 };
const PROPERTIES = {
	type: ["object", "null"],
	maxProperties: 1000,
	additionalProperties: { type: "string", maxLength: 65_536 },
};

const ASSET = {
	name: TEXT,
	kind: TEXT,
	location: TEXT,
	properties: PROPERTIES,
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

export const createAssetBody = fieldsBody<CreateAssetRequest>(ASSET, {
	required: ["name", "kind", "location"],
});
export const updateAssetBody = fieldsBody<UpdateAssetRequest>(
	{
		name: NULLABLE_TEXT,
		namespace: { type: ["array", "null"], items: TEXT },
		kind: NULLABLE_TEXT,
		location: NULLABLE_TEXT,
		properties: PROPERTIES,
	},
	{ optional: true },
);

function creation<Body>(properties: Readonly<Record<string, object>>) {
	return fieldsBody<Body>(properties, { required: ["name"] });
}

function update<Body>(properties: Readonly<Record<string, object>>) {
	return fieldsBody<Partial<Body>>(properties, { optional: true });
}

/** A body of known fields, each in either spelling. */
export function fieldsBody<Body, Json = Body>(
	properties: Readonly<Record<string, object>>,
	{
		required = [],
		...options
	}: Omit<BodyOptions<Body, Json>, "normalise"> & {
		readonly required?: readonly string[];
	},
): BodySpec<Body> {
	return jsonBody<Body, Json>(
		{ type: "object", properties, required },
		{
			...options,
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
		const spelling = given.has(name) ? name : name.replaceAll("_", "-");
		return given.has(spelling) ? [[name, given.get(spelling)]] : [];
	});
	return Object.fromEntries(known);
}
