import { assert } from "../../model/errors.ts";
import { compareUtf8 } from "../../model/names.ts";
import type { ClaimChange, Refusal } from "../changes.ts";
import type { Claim } from "../records.ts";
import { lowerBound } from "./lines.ts";
import type { State } from "./state.ts";
import type { Transaction } from "./transaction.ts";

export function applyClaim(
	state: State,
	tx: Transaction,
	change: ClaimChange,
): Refusal | undefined {
	switch (change.op) {
		case "claim":
			return takeLocation(state, tx, change.claim);
		case "setClaims":
			for (const claim of claimsOf(state, change))
				tx.set(state.claims, claim.location, { ...claim, state: change.state });
			return undefined;
		case "releaseClaims":
			for (const claim of claimsOf(state, change))
				release(state, tx, claim.location);
			return undefined;
	}
}

function takeLocation(
	state: State,
	tx: Transaction,
	claim: Claim,
): Refusal | undefined {
	const refused = overlapping(state, claim.location).some(
		(other) => !isOf(other, claim) && !givesWayTo(other, claim),
	);
	if (refused) return "exists";
	if (!state.claims.has(claim.location)) {
		const at = lowerBound(state.claimLocations, claim.location);
		tx.insert(state.claimLocations, at, claim.location);
	}
	tx.set(state.claims, claim.location, claim);
	return undefined;
}

export function release(state: State, tx: Transaction, location: string): void {
	tx.delete(state.claims, location);
	tx.remove(state.claimLocations, lowerBound(state.claimLocations, location));
}

/** A dropped table's claim goes to whoever registers the same table again. */
function givesWayTo(held: Claim, claim: Claim): boolean {
	return (
		held.state === "dropped" &&
		held.location === claim.location &&
		held.tenant === claim.tenant &&
		held.uuid === claim.uuid
	);
}

/** Claims at, inside or above a location, by location. */
export function overlapping(state: State, location: string): Claim[] {
	assert(location.endsWith("/"), "a folder ends with a slash");
	const found: Claim[] = [];
	for (let end = location.indexOf("/"); end >= 0; ) {
		const above = state.claims.get(location.slice(0, end + 1));
		if (above !== undefined) found.push(above);
		end = location.indexOf("/", end + 1);
	}
	for (let i = lowerBound(state.claimLocations, location); ; i++) {
		const inside = state.claimLocations[i];
		if (inside === undefined || !inside.startsWith(location)) break;
		const claim = state.claims.get(inside);
		if (claim !== undefined && inside !== location) found.push(claim);
	}
	return found;
}

export function claimsOf(
	state: State,
	owner: Pick<Claim, "tenant" | "asset">,
): Claim[] {
	return [...state.claims.values()]
		.filter((claim) => isOf(claim, owner))
		.sort((a, b) => compareUtf8(a.location, b.location));
}

function isOf(claim: Claim, owner: Pick<Claim, "tenant" | "asset">): boolean {
	return claim.tenant === owner.tenant && claim.asset === owner.asset;
}
