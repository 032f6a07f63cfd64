import type { TableMetadata, ViewMetadata } from "./types.ts";

export function locationsIn(_metadata: TableMetadata | ViewMetadata): string[] {
	throw new Error("to come");
}
