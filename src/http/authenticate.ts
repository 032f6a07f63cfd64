import type { IncomingHttpHeaders } from "node:http";
import type { AdminDeps } from "../admin/deps.ts";
import { getTenant } from "../admin/tenants.ts";
import { brandId } from "../model/ids.ts";
import type { Principal } from "../model/principal.ts";
import { NO_AUTH_PRINCIPAL } from "../model/principal.ts";

/**
 * Says who a request acts for.
 * @throws PangolinError `not-authenticated`
 */
export type Authenticate = (
	headers: IncomingHttpHeaders,
) => Principal | Promise<Principal>;

/** Everybody is the administrator; only for servers that listen on loopback. */
export const authenticateNobody: Authenticate = () => NO_AUTH_PRINCIPAL;

/** By this header root acts for a tenant; from anybody else it means nothing. */
const TENANT_HEADER = "x-pangolin-tenant";

/**
 * The principal as it acts in this request.
 * @throws PangolinError `tenant-not-found`
 */
export function actingFor(
	admin: AdminDeps,
	principal: Principal,
	headers: IncomingHttpHeaders,
): Principal | Promise<Principal> {
	const tenant = headers[TENANT_HEADER];
	if (tenant === undefined || principal.role !== "root") return principal;
	return getTenant(admin, String(tenant)).then((found) => ({
		...principal,
		tenant: brandId(found.id),
	}));
}
