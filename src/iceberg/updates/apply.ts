import type { TableMetadata, TableUpdate } from "../types.ts";
import type { ChangeContext } from "./context.ts";

export function applyTableUpdates(
	_base: TableMetadata | undefined,
	_updates: readonly TableUpdate[],
	_context: ChangeContext,
): TableMetadata {
	throw new Error("to come");
}
