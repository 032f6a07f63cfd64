import { PangolinError } from "./errors.ts";

/** Everything that a catalog can show under a name, in the original's words. */
const ASSET_TYPES = [
	"ICEBERG_TABLE",
	"DELTA_TABLE",
	"HUDI_TABLE",
	"PARQUET_TABLE",
	"CSV_TABLE",
	"JSON_TABLE",
	"VIEW",
	"ML_MODEL",
	"APACHE_PAIMON",
	"VORTEX",
	"LANCE",
	"NIMBLE",
	"DIRECTORY",
	"VIDEO_FILE",
	"IMAGE_FILE",
	"DB_CONN_STRING",
	"OTHER",
] as const;

export type AssetType = (typeof ASSET_TYPES)[number];

/**
 * The type of an asset that is registered by hand; upper and lower case are the same.
 * @throws PangolinError `bad-request`, also for what only the Iceberg routes create
 */
export function parseAssetType(text: string): AssetType {
	const upper = text.toUpperCase();
	const type = ASSET_TYPES.find((each) => each === upper);
	if (type === undefined) {
		throw new PangolinError(
			"bad-request",
			`Invalid asset kind ${JSON.stringify(text)}: use one of ${ASSET_TYPES.join(", ")}`,
		);
	}
	if (type === "ICEBERG_TABLE" || type === "VIEW") {
		throw new PangolinError(
			"bad-request",
			`An asset cannot be ${type}: create or register it by the Iceberg REST routes`,
		);
	}
	return type;
}
