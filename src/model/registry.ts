import type { CatalogId, TenantId, WarehouseId } from "./ids.ts";

/** String to string, in the order in which it was given. */
export type Properties = Readonly<Record<string, string>>;

export interface Tenant {
	readonly id: TenantId;
	readonly name: string;
	readonly properties: Properties;
}

/** Where files go and how clients may reach them. */
export interface Warehouse {
	readonly id: WarehouseId;
	readonly tenant: TenantId;
	readonly name: string;
	/** `type` (`local`, `memory`, later `s3`, …) and what that type needs. */
	readonly storageConfig: Properties;
	readonly useSts: boolean;
	/** Kept as it came; JSON text or null. */
	readonly vendingStrategy: string | null;
}

export interface Catalog {
	readonly id: CatalogId;
	readonly tenant: TenantId;
	readonly name: string;
	readonly type: "Local" | "Federated";
	readonly warehouse: string | null;
	/** Root of default table locations; null means the warehouse's own root. */
	readonly storageLocation: string | null;
	readonly properties: Properties;
}
