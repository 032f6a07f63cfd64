import type { ViewMetadata } from "../types.ts";

export function parseViewMetadata(_text: string): ViewMetadata {
	throw new Error("to come");
}

export function serializeViewMetadata(_metadata: ViewMetadata): string {
	throw new Error("to come");
}
