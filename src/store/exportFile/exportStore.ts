import manifest from "../../../package.json" with { type: "json" };
import { PangolinError } from "../../model/errors.ts";
import { brandId, type Clock, type TenantId } from "../../model/ids.ts";
import type { StoreMover } from "../moving.ts";
import { FORMAT } from "./format.ts";
import { signWith } from "./signing.ts";
import { writeExport } from "./writeExport.ts";

export interface ExportOptions {
	/** The id of the one tenant to export; undefined: the whole store. */
	readonly tenant: string | undefined;
	/** An Ed25519 private key, PEM. */
	readonly signKey: string | undefined;
	/** In rows. */
	readonly onProgress: (done: number, total: number) => void;
}

export interface Exported {
	readonly rows: number;
}

/**
 * Writes what a store holds into a new file, as of one moment.
 * @throws PangolinError `already-exists`, `tenant-not-found`, `bad-request`, `unavailable`
 */
export async function exportStore(
	mover: StoreMover,
	target: string,
	{ tenant: given, signKey, onProgress }: ExportOptions,
	clock: Clock,
): Promise<Exported> {
	const sign = signKey === undefined ? undefined : signWith(signKey);
	const tenant = given === undefined ? undefined : brandId<TenantId>(given);
	const total = await mover.count(tenant);
	if (tenant !== undefined && total === 0)
		throw new PangolinError(
			"tenant-not-found",
			`there is no tenant with the id ${tenant}`,
		);
	const rows = await writeExport(target, mover.dump(tenant), {
		header: {
			format: FORMAT,
			time: new Date(clock()).toISOString(),
			tenant: tenant ?? null,
			version: manifest.version,
		},
		sign,
		onRows: (done) => onProgress(done, total),
	});
	onProgress(total, total);
	return { rows };
}
