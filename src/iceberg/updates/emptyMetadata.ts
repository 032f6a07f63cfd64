import { invalid } from "../fields.ts";
import { MAX_FORMAT_VERSION } from "../normaliseTable.ts";
import { FIRST_PARTITION_FIELD_ID } from "../partitionSpec.ts";
import type { FormatVersion, TableMetadata, TableUpdate } from "../types.ts";
import type { ChangeContext } from "./context.ts";
import { isFormatVersion } from "./upgradeFormatVersion.ts";

const DEFAULT_FORMAT_VERSION = 2;
/** No schema, spec or order has this id, not even "last added". */
const NONE = -2;

/** What a staged create starts from: its updates bring all the rest. */
export function emptyMetadata(
	updates: readonly TableUpdate[],
	context: ChangeContext,
): TableMetadata {
	const formatVersion = initialFormatVersion(updates);
	return {
		"format-version": formatVersion,
		"table-uuid": context.newUuid(),
		location: "",
		"last-sequence-number": 0n,
		"last-updated-ms": context.nowMillis,
		"last-column-id": 0,
		"current-schema-id": NONE,
		schemas: [],
		"default-spec-id": NONE,
		"partition-specs": [],
		"last-partition-id": FIRST_PARTITION_FIELD_ID - 1,
		"default-sort-order-id": NONE,
		"sort-orders": [],
		properties: {},
		"current-snapshot-id": null,
		...(formatVersion >= 3 ? { "next-row-id": 0n } : {}),
		refs: {},
		snapshots: [],
		statistics: [],
		"partition-statistics": [],
		"snapshot-log": [],
		"metadata-log": [],
	};
}

/** The first upgrade says it: a table can so begin below the default. */
function initialFormatVersion(updates: readonly TableUpdate[]): FormatVersion {
	const version =
		updates.find((update) => update.action === "upgrade-format-version")?.[
			"format-version"
		] ?? DEFAULT_FORMAT_VERSION;
	if (isFormatVersion(version)) return version;
	throw invalid(
		`Unsupported format version: v${version} (supported: v${MAX_FORMAT_VERSION})`,
	);
}
