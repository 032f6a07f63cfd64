/**
 * Makes garbage of the metadata files that rows of a line name (sentence H5).
 * Takes the line's `seq`; the rows are `r`, and more conditions may follow.
 */
export function leaveGarbage(rows: "entries" | "superseded"): string {
	return `INSERT INTO garbage
		(tenant_id, catalog_id, asset_id, metadata_location, version)
		SELECT l.tenant_id, l.catalog_id, r.asset_id, r.metadata_location, 1
		FROM ${rows} r JOIN lines l ON l.seq = r.line
		WHERE r.metadata_location IS NOT NULL AND r.line = ?`;
}
