import type { PrincipalId, TenantId } from "./ids.ts";
import { brandId, DEFAULT_TENANT_ID, NIL_UUID } from "./ids.ts";

/** Who a request acts for: a user or a service user of a tenant. */
export interface Principal {
	readonly id: PrincipalId;
	readonly kind: "user" | "service-user";
	readonly name: string;
	readonly tenant: TenantId;
	readonly role: "root" | "tenant-admin" | "tenant-user";
}

/** Who everybody is while authentication is switched off (loopback only). */
export const NO_AUTH_PRINCIPAL: Principal = {
	id: brandId(NIL_UUID),
	kind: "user",
	name: "tenant_admin",
	tenant: DEFAULT_TENANT_ID,
	role: "root",
};
