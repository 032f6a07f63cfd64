import { PangolinError } from "../../../model/errors.ts";

/** The `snapshots` parameter of a load. @throws PangolinError `bad-request` */
export function snapshotMode(
	value: string | undefined,
): "all" | "refs" | undefined {
	if (value === undefined || value === "all" || value === "refs") return value;
	throw new PangolinError(
		"bad-request",
		'Query parameter "snapshots" must be all or refs',
	);
}
