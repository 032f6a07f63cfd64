import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Prepared } from "../context.ts";
import { requestBody } from "../context.ts";

/** The path of a table's current metadata file on this machine's disk. */
export async function metadataFilePath(
	prepared: Prepared,
	table: string,
): Promise<string> {
	const text = await requestBody(prepared.connection, "GET", table);
	const location = /"metadata-location":\s*"([^"]+)"/.exec(text)?.[1] ?? "";
	return location.startsWith("file:")
		? fileURLToPath(location.replace(/^file:\/(?!\/)/, "file:///"))
		: location;
}

export async function metadataFileBytes(
	prepared: Prepared,
	table: string,
): Promise<number> {
	return statSync(await metadataFilePath(prepared, table)).size;
}
