import type { TableMetadata } from "./types.ts";

export function parseTableMetadata(_text: string): TableMetadata {
	throw new Error("to come");
}

export function serializeTableMetadata(_metadata: TableMetadata): string {
	throw new Error("to come");
}
