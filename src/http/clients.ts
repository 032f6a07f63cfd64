import type { IncomingHttpHeaders } from "node:http";

/** Clients that remove snapshots from the metadata and never delete a file. */
const KEEPS_FILES = /^PyIceberg /;

/** Whether a client is known to leave all files of a table to others; undefined: it is not. */
export function keepsFiles(headers: IncomingHttpHeaders): true | undefined {
	const version = headers["x-client-version"];
	return version !== undefined && KEEPS_FILES.test(String(version))
		? true
		: undefined;
}
