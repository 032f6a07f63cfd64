import { unreachable } from "../../model/errors.ts";
import type { AssetId, LineId, TenantId } from "../../model/ids.ts";
import type { LineAt, Page } from "../contract.ts";
import type { EntryKey } from "../records.ts";
import type { Database } from "./database.ts";
import { atNumber, readChain } from "./lines.ts";
import { readAll } from "./readers/entries.ts";
import { readExpired, readMetadataOf } from "./readers/history.ts";
import { readAssetsBelow, readIsReachable } from "./readers/reachability.ts";

/** Reads whose cost grows with the catalog: they run beside the main thread. */
export interface LongReads {
	all: { at: LineAt; page: Page<EntryKey> };
	assetsBelow: { prefix: string; except: AssetId; limit: number };
	isReachable: { tenant: TenantId; asset: AssetId };
	expired: {
		tenant: TenantId;
		line: LineId;
		ended: { readonly fromMicros: number; readonly toMicros: number };
		limit: number;
	};
	metadataOf: { tenant: TenantId; asset: AssetId; page: Page<string> };
}

export type LongRead = {
	[R in keyof LongReads]: { readonly read: R } & Readonly<LongReads[R]>;
}[keyof LongReads];

export function runLongRead(db: Database, call: LongRead) {
	switch (call.read) {
		case "all": {
			const { tenant, line, number } = call.at;
			return readAll(
				db,
				atNumber(readChain(db, tenant, line), number),
				call.page,
			);
		}
		case "assetsBelow":
			return readAssetsBelow(db, call.prefix, call.except, call.limit);
		case "isReachable":
			return readIsReachable(db, call.tenant, call.asset);
		case "expired":
			return readExpired(db, call.tenant, call.line, call.ended, call.limit);
		case "metadataOf":
			return readMetadataOf(db, call.tenant, call.asset, call.page);
		default:
			return unreachable(call);
	}
}
