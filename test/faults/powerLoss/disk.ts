import { dirname } from "node:path";
import type { Entry } from "./recording.ts";

/** Numbers in [0, 1), repeatable by their seed. */
export type Random = () => number;

export function randomFrom(seed: number): Random {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/**
 * What a power loss leaves of what was not synced: nothing; of each file and
 * each folder a prefix; or any of the writes, the 512-byte sectors of each torn.
 */
export type Mode = "synced" | "prefix" | "torn";

/** Files by path, relative to the recorded folder. */
export type Image = ReadonlyMap<string, Buffer>;

export interface Disk {
	apply(entry: Entry): void;
	/** What the disk may hold if the power fails now. */
	image(mode: Mode, random: Random): Image;
}

const SECTOR_BYTES = 512;

interface Inode {
	readonly folder: boolean;
	synced: Buffer;
	/** Writes and truncations since the last sync, in order. */
	pending: Entry[];
}

/** A name that appeared, vanished or both at once; durable when its folder is synced. */
interface NameChange {
	readonly removed: readonly string[];
	readonly added: readonly (readonly [string, Inode])[];
}

/** Names and files as the running program sees them, and what of that is durable. */
interface State {
	readonly inodes: Map<bigint, Inode>;
	readonly volatileNames: Map<string, Inode>;
	readonly syncedNames: Map<string, Inode>;
	/** By folder. */
	readonly pendingNames: Map<string, NameChange[]>;
}

/**
 * A disk that keeps what POSIX promises and no more: content is durable after a
 * sync of the file, names after a sync of their folder.
 */
export function newDisk(): Disk {
	const state: State = {
		inodes: new Map(),
		volatileNames: new Map(),
		syncedNames: new Map(),
		pendingNames: new Map(),
	};
	return {
		apply: (entry) => applyEntry(state, entry),
		image: (mode, random) => imageOf(state, mode, random),
	};
}

function applyEntry(state: State, entry: Entry): void {
	switch (entry.kind) {
		case "create":
		case "mkdir":
			makeNode(state, entry);
			break;
		case "write":
		case "truncate":
			state.inodes.get(entry.inode)?.pending.push(entry);
			break;
		case "sync":
			syncNode(state, entry);
			break;
		case "link":
		case "rename":
			moveName(state, entry);
			break;
		case "unlink":
		case "rmdir":
			changeNames(state, folderOf(entry.path), {
				removed: [entry.path],
				added: [],
			});
			break;
	}
}

function changeNames(state: State, folder: string, what: NameChange): void {
	applyNames(state.volatileNames, [what]);
	const pending = state.pendingNames.get(folder);
	if (pending === undefined) state.pendingNames.set(folder, [what]);
	else pending.push(what);
}

function makeNode(state: State, entry: Entry): void {
	const folder = entry.kind === "mkdir";
	const inode: Inode = { folder, synced: Buffer.alloc(0), pending: [] };
	if (!folder) state.inodes.set(entry.inode, inode);
	changeNames(state, folderOf(entry.path), {
		removed: [],
		added: [[entry.path, inode]],
	});
}

/** A move between folders is two changes, each durable with its own folder. */
function moveName(state: State, entry: Entry): void {
	const inode = state.volatileNames.get(entry.path);
	if (inode === undefined) throw new Error(`unknown name ${entry.path}`);
	const from = folderOf(entry.path);
	const to = folderOf(entry.to);
	const removed = entry.kind === "rename" ? [entry.path] : [];
	const added = [[entry.to, inode]] as const;
	if (from === to) {
		changeNames(state, to, { removed, added });
		return;
	}
	changeNames(state, to, { removed: [], added });
	if (removed.length > 0) changeNames(state, from, { removed, added: [] });
}

function syncNode(state: State, { path, inode }: Entry): void {
	const isFolder =
		path === "" || state.volatileNames.get(path)?.folder === true;
	if (isFolder) {
		applyNames(state.syncedNames, state.pendingNames.get(path) ?? []);
		state.pendingNames.delete(path);
		return;
	}
	const file = state.inodes.get(inode);
	if (file === undefined) return;
	file.synced = contentAfter(file.synced, file.pending);
	file.pending = [];
}

function imageOf(state: State, mode: Mode, random: Random): Image {
	const names = new Map(state.syncedNames);
	for (const changes of state.pendingNames.values()) {
		const kept =
			mode === "synced" ? 0 : Math.floor(random() * (changes.length + 1));
		applyNames(names, changes.slice(0, kept));
	}
	const files = new Map<string, Buffer>();
	for (const [path, inode] of names) {
		if (inode.folder || !isReachable(path, names)) continue;
		files.set(path, leftOf(inode, mode, random));
	}
	return files;
}

function folderOf(path: string): string {
	const folder = dirname(path);
	return folder === "." ? "" : folder;
}

function applyNames(
	names: Map<string, Inode>,
	changes: readonly NameChange[],
): void {
	for (const { removed, added } of changes) {
		for (const path of removed) names.delete(path);
		for (const [path, inode] of added) names.set(path, inode);
	}
}

/** A file is lost with the name of any folder above it. */
function isReachable(path: string, names: ReadonlyMap<string, Inode>): boolean {
	const folder = folderOf(path);
	if (folder === "") return true;
	return names.get(folder)?.folder === true && isReachable(folder, names);
}

function leftOf(inode: Inode, mode: Mode, random: Random): Buffer {
	const { synced, pending } = inode;
	if (mode === "synced" || pending.length === 0) return synced;
	if (mode === "prefix") {
		const kept = Math.floor(random() * (pending.length + 1));
		return contentAfter(synced, pending.slice(0, kept));
	}
	return contentAfter(
		synced,
		pending.filter(() => random() < 0.5).flatMap((e) => torn(e, random)),
	);
}

/** The sectors of one write that reached the disk. */
function torn(entry: Entry, random: Random): Entry[] {
	if (entry.kind !== "write" || random() < 0.5) return [entry];
	const pieces: Entry[] = [];
	for (let at = 0; at < entry.data.length; ) {
		const offset = entry.offset + at;
		const end = Math.min(
			entry.data.length,
			at + SECTOR_BYTES - (offset % SECTOR_BYTES),
		);
		if (random() < 0.5) {
			pieces.push({ ...entry, offset, data: entry.data.subarray(at, end) });
		}
		at = end;
	}
	return pieces;
}

/** Applies writes and truncations in order; gaps are zeros. */
function contentAfter(base: Buffer, changes: readonly Entry[]): Buffer {
	let size = base.length;
	let most = size;
	for (const change of changes) {
		size =
			change.kind === "truncate"
				? change.offset
				: Math.max(size, change.offset + change.data.length);
		most = Math.max(most, size);
	}
	const content = Buffer.alloc(most);
	base.copy(content);
	let length = base.length;
	for (const change of changes) {
		if (change.kind === "truncate") {
			content.fill(0, Math.min(change.offset, length), length);
			length = change.offset;
		} else {
			change.data.copy(content, change.offset);
			length = Math.max(length, change.offset + change.data.length);
		}
	}
	return content.subarray(0, length);
}
