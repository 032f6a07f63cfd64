import { checkUuid, type Refusal } from "../requirements.ts";
import type { ViewMetadata, ViewRequirement } from "../types.ts";

/** @returns the first requirement that does not hold, or undefined */
export function checkViewRequirements(
	base: ViewMetadata,
	requirements: readonly ViewRequirement[],
): Refusal | undefined {
	for (const { uuid } of requirements) {
		const refusal = checkUuid(base["view-uuid"], uuid, "view UUID");
		if (refusal !== undefined) return refusal;
	}
	return undefined;
}
