import { PangolinError } from "../../model/errors.ts";

/** The code of an error of the file system (`ENOENT`, …). */
export function errnoOf(error: unknown): string | undefined {
	return error instanceof Error &&
		"code" in error &&
		typeof error.code === "string"
		? error.code
		: undefined;
}

/**
 * What callers see of an error of the file system: `file-not-found`, or
 * `unavailable` with the errno for the operator.
 */
export function storageError(error: unknown, location: string): PangolinError {
	if (error instanceof PangolinError) return error;
	const code = errnoOf(error);
	switch (code) {
		case "ENOENT":
		case "ENOTDIR":
		case "EISDIR":
		case "ENAMETOOLONG":
			return fileNotFound(location);
		default:
			return new PangolinError(
				"unavailable",
				`File storage failed: ${code ?? "unknown error"} at ${location}`,
				{ cause: error },
			);
	}
}

export function fileNotFound(location: string): PangolinError {
	return new PangolinError(
		"file-not-found",
		`File does not exist: ${location}`,
	);
}
