import type { Properties } from "../../model/registry.ts";
import type { Schema, ViewMetadata, ViewVersion } from "../types.ts";
import type { ChangeContext } from "../updates/context.ts";

export interface NewView {
	readonly schema: Schema;
	readonly viewVersion: ViewVersion;
	readonly properties: Properties;
	readonly location: string;
}

export function newViewMetadata(
	_view: NewView,
	_context: ChangeContext,
): ViewMetadata {
	throw new Error("to come");
}
