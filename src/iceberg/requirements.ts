import { unreachable } from "../model/errors.ts";
import { own } from "./fields.ts";
import type { TableMetadata, TableRequirement } from "./types.ts";

/** Why a commit is not applied; codes of model/errors.ts. */
export interface Refusal {
	readonly code:
		| "commit-conflict"
		| "table-not-found"
		| "already-exists"
		| "bad-request";
	readonly message: string;
}

/**
 * Whether the table is what the client took it for.
 * @param base undefined: there is no such table
 * @returns the first requirement that does not hold, or undefined
 */
export function checkTableRequirements(
	base: TableMetadata | undefined,
	requirements: readonly TableRequirement[],
): Refusal | undefined {
	for (const requirement of requirements) {
		const refusal =
			base === undefined
				? withoutTable(requirement)
				: withTable(base, requirement);
		if (refusal !== undefined) return refusal;
	}
	return undefined;
}

function withoutTable(requirement: TableRequirement): Refusal | undefined {
	return requirement.type === "assert-create"
		? undefined
		: {
				code: "table-not-found",
				message: "Requirement failed: table does not exist",
			};
}

function withTable(
	base: TableMetadata,
	requirement: TableRequirement,
): Refusal | undefined {
	switch (requirement.type) {
		case "assert-create":
			return {
				code: "already-exists",
				message: "Requirement failed: table already exists",
			};
		case "assert-table-uuid":
			return checkUuid(base["table-uuid"], requirement.uuid, "UUID");
		case "assert-ref-snapshot-id":
			return checkRef(base, requirement.ref, requirement["snapshot-id"]);
		case "assert-last-assigned-field-id":
			return changed(
				"last assigned field id",
				requirement["last-assigned-field-id"],
				base["last-column-id"],
			);
		case "assert-current-schema-id":
			return changed(
				"current schema",
				requirement["current-schema-id"],
				base["current-schema-id"],
			);
		case "assert-last-assigned-partition-id":
			return changed(
				"last assigned partition id",
				requirement["last-assigned-partition-id"],
				base["last-partition-id"],
			);
		case "assert-default-spec-id":
			return changed(
				"default partition spec",
				requirement["default-spec-id"],
				base["default-spec-id"],
			);
		case "assert-default-sort-order-id":
			return changed(
				"default sort order",
				requirement["default-sort-order-id"],
				base["default-sort-order-id"],
			);
		default:
			return unreachable(requirement);
	}
}

/** Shared with views, whose message names them. */
export function checkUuid(
	actual: string,
	expected: string,
	what: string,
): Refusal | undefined {
	return actual.toLowerCase() === expected.toLowerCase()
		? undefined
		: conflict(`${what} does not match: expected ${actual} != ${expected}`);
}

function checkRef(
	base: TableMetadata,
	name: string,
	expected: bigint | null,
): Refusal | undefined {
	const ref = own(base.refs, name);
	if (ref === undefined) {
		return expected === null
			? undefined
			: conflict(`branch or tag ${name} is missing, expected ${expected}`);
	}
	if (expected === null)
		return conflict(`${ref.type} ${name} was created concurrently`);
	return expected === ref["snapshot-id"]
		? undefined
		: conflict(
				`${ref.type} ${name} has changed: expected id ${expected} != ${ref["snapshot-id"]}`,
			);
}

function changed(
	what: string,
	expected: number,
	actual: number,
): Refusal | undefined {
	return expected === actual
		? undefined
		: conflict(`${what} changed: expected id ${expected} != ${actual}`);
}

function conflict(what: string): Refusal {
	return { code: "commit-conflict", message: `Requirement failed: ${what}` };
}
