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

export function checkTableRequirements(
	_base: TableMetadata | undefined,
	_requirements: readonly TableRequirement[],
): Refusal | undefined {
	throw new Error("to come");
}
