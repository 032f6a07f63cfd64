import type { Properties } from "../model/registry.ts";
import type {
	Schema,
	SortOrder,
	TableMetadata,
	UnboundPartitionSpec,
} from "./types.ts";
import type { ChangeContext } from "./updates/context.ts";

export interface NewTable {
	readonly schema: Schema;
	readonly partitionSpec?: UnboundPartitionSpec | undefined;
	readonly writeOrder?: SortOrder | undefined;
	readonly properties: Properties;
	readonly location: string;
}

export function newTableMetadata(
	_table: NewTable,
	_context: ChangeContext,
): TableMetadata {
	throw new Error("to come");
}
