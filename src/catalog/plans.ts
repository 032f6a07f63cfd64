import type { Location } from "../files/contract.ts";
import type { AssetId } from "../model/ids.ts";
import type { Identifier } from "../model/names.ts";
import type {
	ClaimChange,
	EntryChange,
	RecordChange,
} from "../store/changes.ts";
import type { IcebergRow } from "./entries.ts";
import type { Cached } from "./metadataCache.ts";
import type { Metadata } from "./metadataKinds.ts";

/** What one table or view is to become, decided before anything is written. */
export type Plan<M extends Metadata> = Unchanged<M> | Changed<M>;

/** Nothing is written, but the base must still be there. */
export interface Unchanged<M extends Metadata> {
	readonly changes: false;
	readonly identifier: Identifier;
	readonly base: Base<M>;
}

export interface Changed<M extends Metadata> {
	readonly changes: true;
	readonly identifier: Identifier;
	readonly asset: AssetId;
	/** What the name shows now; undefined: it is created. */
	readonly base: Base<M> | undefined;
	readonly metadata: M;
	/** The file that holds the metadata already (register); it is never deleted. */
	readonly existing?: StoredFile<M> | undefined;
	/** Canonical folders that must be claimed. */
	readonly folders: readonly string[];
	/** Somebody chose the folders, so that others may have them. */
	readonly isLocationChosen: boolean;
	/** Checks of what the plan was decided by, beside its base. */
	readonly guards?: readonly RecordChange[] | undefined;
	/** Metadata files that fell out of the log. */
	readonly removedFiles?: readonly string[] | undefined;
	/** Further changes that come before this one's own. */
	readonly before?:
		| {
				readonly asset: AssetId;
				readonly entry: EntryChange;
				readonly claims: readonly ClaimChange[];
				/** Checks of what the claims were decided by. */
				readonly guards: readonly RecordChange[];
		  }
		| undefined;
}

export interface Base<M extends Metadata> {
	readonly row: IcebergRow;
	readonly file: Cached<M>;
}

/** A metadata file that is written and durable. */
export interface StoredFile<M extends Metadata> {
	readonly location: Location;
	readonly file: Cached<M>;
}
