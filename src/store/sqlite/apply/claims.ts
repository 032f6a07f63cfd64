import type { ClaimChange, Refusal } from "../../changes.ts";
import type { Claim } from "../../records.ts";
import { CLAIM_COLUMNS, claimParams } from "../../sql/contents.ts";
import type { Database } from "../database.ts";
import { readOverlapping } from "../readers/claims.ts";

const TAKE = `INSERT INTO claims (${CLAIM_COLUMNS.join(", ")})
	VALUES (${CLAIM_COLUMNS.map(() => "?").join(", ")})
	ON CONFLICT DO UPDATE SET
	${CLAIM_COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")}`;
const SET_STATE =
	"UPDATE claims SET state = ? WHERE asset_id = ? AND tenant_id = ?";
const RELEASE = "DELETE FROM claims WHERE asset_id = ? AND tenant_id = ?";

export function applyClaim(
	db: Database,
	change: ClaimChange,
): Refusal | undefined {
	switch (change.op) {
		case "claim":
			return takeLocation(db, change.claim);
		case "setClaims":
			db.prepare(SET_STATE).run(change.state, change.asset, change.tenant);
			return undefined;
		case "releaseClaims":
			db.prepare(RELEASE).run(change.asset, change.tenant);
			return undefined;
	}
}

function takeLocation(db: Database, claim: Claim): Refusal | undefined {
	// The second foreign claim refuses whatever the first one is.
	const others = readOverlapping(db, claim.location, 2, claim);
	const mayTake =
		others.length < 2 && others.every((other) => givesWayTo(other, claim));
	if (!mayTake) return "exists";
	db.prepare(TAKE).run(...claimParams(claim));
	return undefined;
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
