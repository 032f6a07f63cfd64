import { unreachable } from "../model/errors.ts";
import type { Principal } from "../model/principal.ts";
import type { Action } from "./actions.ts";

export type Decision =
	| { readonly allowed: true }
	/** `reason` is for the caller; it tells nothing about what exists. */
	| { readonly allowed: false; readonly reason: string };

const ALLOWED: Decision = { allowed: true };

/**
 * Whether a principal may do something, by its role alone: root everything, the
 * administrator of a tenant everything in it, a user nothing but what is public.
 */
export function decide(principal: Principal, action: Action): Decision {
	if (action === "public") return ALLOWED;
	switch (principal.role) {
		case "root":
			return ALLOWED;
		case "tenant-admin":
			return action.startsWith("tenant.") ? denied(principal, action) : ALLOWED;
		case "tenant-user":
			return denied(principal, action);
		default:
			return unreachable(principal.role);
	}
}

function denied(principal: Principal, action: Action): Decision {
	return {
		allowed: false,
		reason: `${principal.name} (${principal.role}) may not do ${action}`,
	};
}
