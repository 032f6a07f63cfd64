import type { Pointer } from "./checking/pointers.ts";
import type { Checked } from "./exportFile/signing.ts";

/** How far a command is; stages come one after the other. */
export type OnStage = (stage: string, done: number, total: number) => void;

/** Copies of a store, each one file: what backups are made of. */
export interface StoreCopies {
	/** What the copy is called in the folder of a backup. */
	readonly name: "pangolin.db" | "pangolin.export";
	/**
	 * Copies the store into a new file, as of one moment.
	 * @param signKey an Ed25519 private key (PEM) to sign it with
	 * @throws PangolinError `already-exists`, `unavailable`, `bad-request` for a key that is none, or a copy that takes none
	 */
	backup(
		target: string,
		signKey: string | undefined,
		onStage: OnStage,
	): Promise<void>;
	/**
	 * Looks at a copy before anything has an effect.
	 * @param verifyKey the Ed25519 public key (PEM) that must have signed it
	 * @throws PangolinError `bad-request`, `unavailable`
	 */
	open(
		copy: string,
		verifyKey: string | undefined,
		onStage: OnStage,
	): Promise<OpenedCopy>;
	/** The metadata files that branches and tags of a copy show. */
	pointersOf(copy: string): AsyncIterable<Pointer>;
}

export interface OpenedCopy {
	readonly signature: Checked["signature"];
	/** @throws PangolinError `already-exists` when there is something that it would have to replace */
	requireEmpty(): Promise<void>;
	/** Puts it in place. @throws PangolinError `already-exists`, `bad-request`, `unavailable`; nothing was restored then, unless it says that this is not known */
	restore(onStage: OnStage): Promise<void>;
}

/** One stage, for what reports only how far it is. */
export function stage(
	onStage: OnStage,
	name: string,
): (done: number, total: number) => void {
	return (done, total) => onStage(name, done, total);
}
