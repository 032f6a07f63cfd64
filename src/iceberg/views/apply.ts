import type { ViewMetadata, ViewUpdate } from "../types.ts";
import type { ChangeContext } from "../updates/context.ts";

export function applyViewUpdates(
	_base: ViewMetadata,
	_updates: readonly ViewUpdate[],
	_context: ChangeContext,
): ViewMetadata {
	throw new Error("to come");
}
