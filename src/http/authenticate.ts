import type { IncomingHttpHeaders } from "node:http";
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
