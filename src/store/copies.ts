import type { Pointer } from "./checking/pointers.ts";

/** How far a command is; stages come one after the other. */
export type OnStage = (stage: string, done: number, total: number) => void;

/** Copies of a store, each one file: what backups are made of. */
export interface StoreCopies {
	/** What the copy is called in the folder of a backup. */
	readonly name: "pangolin.db" | "pangolin.export";
	/** Copies the store into a new file, as of one moment. @throws PangolinError `already-exists`, `unavailable` */
	backup(target: string, onStage: OnStage): Promise<void>;
	/** @throws PangolinError `already-exists` when there is something that a restore would have to replace */
	requireEmpty(): Promise<void>;
	/** @throws PangolinError `already-exists`, `bad-request`, `unavailable`; nothing was restored then, unless it says that this is not known */
	restore(copy: string, onStage: OnStage): Promise<void>;
	/** The metadata files that branches and tags of a copy show. */
	pointersOf(copy: string): AsyncIterable<Pointer>;
}

/** One stage, for what reports only how far it is. */
export function stage(
	onStage: OnStage,
	name: string,
): (done: number, total: number) => void {
	return (done, total) => onStage(name, done, total);
}
