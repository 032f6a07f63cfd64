import { PangolinError } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import type { LoadResult, StoreMover } from "../moving.ts";
import type { CheckedExport } from "./readExport.ts";
import { openExport } from "./readExport.ts";
import type { Checked } from "./signing.ts";

export interface ImportOptions {
	/** The Ed25519 public key that must have signed the file, PEM. */
	readonly verifyKey: string | undefined;
	/** In bytes of the file, while it is checked. */
	readonly onCheck: (done: number, total: number) => void;
	/** In rows, while they are loaded. */
	readonly onLoad: (done: number, total: number) => void;
}

export interface Imported {
	readonly rows: number;
	/** The one tenant that came; null: a whole store. */
	readonly tenant: string | null;
	/** When it was exported, ISO 8601. */
	readonly time: string;
	readonly signature: Checked["signature"];
}

/** A store that rows go into. */
export interface ImportTarget {
	/** One line for people: which store, where. */
	readonly store: string;
	readonly mover: StoreMover;
	/** Makes what a load needs, once the file is known to be good. */
	prepare(): Promise<void>;
}

/**
 * Takes the file of an export in, all of it or nothing.
 * @throws PangolinError `already-exists`, `bad-request`, `unavailable`; nothing was imported then, unless it says that this is not known
 */
export async function importStore(
	target: ImportTarget,
	source: string,
	{ verifyKey, onCheck, onLoad }: ImportOptions,
): Promise<Imported> {
	const found = await openExport(source, verifyKey, onCheck);
	return await loadExport(target, found, onLoad);
}

/** The second half of an import, when the file is known to be good. @throws as `importStore` */
export async function loadExport(
	{ store, mover, prepare }: ImportTarget,
	found: CheckedExport,
	onLoad: ImportOptions["onLoad"],
): Promise<Imported> {
	const tenant = found.header.tenant ?? undefined;
	await prepare();
	const rows = counted(found.rows(), found.total, onLoad);
	const result = await mover.load(tenant, rows);
	if (result.outcome === "refused") throw loadRefusal(store, tenant, result);
	const { header, checked } = found;
	return {
		rows: result.rows,
		tenant: header.tenant,
		time: header.time,
		signature: checked.signature,
	};
}

/** @throws PangolinError `already-exists` when a whole store would be refused */
export async function requireEmpty({
	store,
	mover,
	prepare,
}: ImportTarget): Promise<void> {
	await prepare();
	const result = await mover.load(
		undefined,
		counted([], 0, () => undefined),
	);
	if (result.outcome === "refused") throw loadRefusal(store, undefined, result);
}

/** Rows, with how many of them went by. */
export async function* counted<Row>(
	rows: AsyncIterable<Row> | Iterable<Row>,
	total: number,
	onProgress: (done: number, total: number) => void,
): AsyncGenerator<Row, void, void> {
	let done = 0;
	onProgress(done, total);
	for await (const row of rows) {
		yield row;
		onProgress(++done, total);
	}
}

function loadRefusal(
	store: string,
	tenant: TenantId | undefined,
	{ part, location }: Extract<LoadResult, { outcome: "refused" }>,
): PangolinError {
	const why =
		tenant === undefined
			? `it is not empty (a ${part} is there): a whole store is imported before a server has been started on it`
			: part === "claim" && location !== undefined
				? `another tenant there owns ${location} or a folder inside or above it, and two tenants cannot share the files of tables`
				: `tenant ${tenant} is there already (a ${part} of it)`;
	return new PangolinError(
		"already-exists",
		`nothing was imported into ${store}: ${why}`,
	);
}
