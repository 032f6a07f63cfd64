import type { Refusal } from "../requirements.ts";
import type { ViewMetadata, ViewRequirement } from "../types.ts";

export function checkViewRequirements(
	_base: ViewMetadata,
	_requirements: readonly ViewRequirement[],
): Refusal | undefined {
	throw new Error("to come");
}
