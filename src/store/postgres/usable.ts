import { PangolinError } from "../../model/errors.ts";
import type { SqlRow } from "../sql/values.ts";
import { numberAt, textAt } from "../sql/values.ts";
import type { Database, PostgresAddress } from "./database.ts";
import { openFailureMessage } from "./driverErrors.ts";

/** PostgreSQL 14: the oldest with multiranges, which forgetting uses. */
const OLDEST = 140_000;

const SERVER = `SELECT current_setting('server_version_num')::integer,
	current_setting('server_version'), current_setting('server_encoding'),
	current_setting('synchronous_commit'), pg_is_in_recovery()::text`;

/** For people: which database, without who enters it. */
export function descriptionOf({
	host,
	port,
	database,
}: PostgresAddress): string {
	const place = host.startsWith("/") ? host : `${host}:${port}`;
	return `PostgreSQL database ${database} at ${place}`;
}

/** @throws PangolinError `unavailable` when the server cannot keep the contract */
export async function requireUsable(db: Database): Promise<void> {
	const [row = []] = await db.query(SERVER, []);
	const problem = serverProblem(row);
	if (problem !== undefined) throw new PangolinError("unavailable", problem);
}

/**
 * Why a server cannot keep the contract; undefined when it can.
 * @param row what SERVER gives
 */
export function serverProblem(row: SqlRow): string | undefined {
	if (numberAt(row, 0) < OLDEST)
		return `it is version ${textAt(row, 1)}, Pangolin needs 14 or newer`;
	if (textAt(row, 2) !== "UTF8")
		return `its encoding is ${textAt(row, 2)}, Pangolin needs UTF8`;
	if (textAt(row, 3) === "off")
		return "synchronous_commit is off, so it would confirm what a crash loses; turn it on for this user or database";
	if (textAt(row, 4) === "true")
		return "it is a read replica; name the primary";
	return undefined;
}

/** In one line: why a database cannot be used, whatever was thrown while it was opened. */
export function openError(description: string, error: unknown): PangolinError {
	const message =
		error instanceof PangolinError
			? `${description} cannot be used: ${error.message}`
			: openFailureMessage(description, error);
	return new PangolinError("unavailable", message, { cause: error });
}
