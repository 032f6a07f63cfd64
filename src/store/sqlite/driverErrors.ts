/**
 * What the driver's errors mean, by SQLite's result codes
 * (https://sqlite.org/rescode.html). The only place that looks at them.
 */
export type DriverFailure =
	/** Another connection holds the lock. */
	| "busy"
	/** No space: nothing was written for good. */
	| "full"
	/** A write failed; as the last part of a commit is written last, nothing of it counts. */
	| "write"
	/** Reading failed, or memory is short. */
	| "io"
	/** Data was not accepted by the disk; what the file holds is not certain any more. */
	| "sync"
	| "corrupt"
	| "not-a-database"
	| "read-only"
	| "cannot-open"
	/** A rule of the schema was broken: a bug of ours. */
	| "constraint"
	| "other";

const PRIMARY: ReadonlyMap<number, DriverFailure> = new Map([
	[5, "busy"],
	[6, "busy"],
	[7, "io"],
	[8, "read-only"],
	[10, "io"],
	[11, "corrupt"],
	[13, "full"],
	[14, "cannot-open"],
	[18, "constraint"],
	[19, "constraint"],
	[20, "constraint"],
	[25, "constraint"],
	[26, "not-a-database"],
]);

const EXTENDED: ReadonlyMap<number, DriverFailure> = new Map([
	[778, "write"], // SQLITE_IOERR_WRITE
	[1034, "sync"], // SQLITE_IOERR_FSYNC
	[1290, "sync"], // SQLITE_IOERR_DIR_FSYNC
]);

/** What went wrong, or undefined when the error is not the driver's. */
export function driverFailure(error: unknown): DriverFailure | undefined {
	if (!(error instanceof Error) || !("errcode" in error)) return undefined;
	const code = error.errcode;
	if (typeof code !== "number") return undefined;
	return EXTENDED.get(code) ?? PRIMARY.get(code & 0xff) ?? "other";
}

/** For people: one line, what the file is not fit for. */
export function openFailureMessage(path: string, error: unknown): string {
	const detail = error instanceof Error ? error.message : String(error);
	switch (driverFailure(error)) {
		case "busy":
			return `${path} is locked by another program`;
		case "not-a-database":
			return `${path} is not a SQLite database`;
		case "corrupt":
			return `${path} is damaged (${detail}); restore a backup`;
		case "read-only":
			return `${path} cannot be written: the file or the disk is read-only`;
		case "cannot-open":
			return `${path} cannot be opened for writing: does its folder exist, is the disk writable, and may this user write there?`;
		case "full":
			return `${path} cannot be written: the disk is full`;
		case "io":
		case "write":
		case "sync":
			return `${path} cannot be read or written (${detail})`;
		default:
			return `${path} cannot be opened: ${detail}`;
	}
}
