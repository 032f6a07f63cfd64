/**
 * The contract of file storage: what one warehouse's type (`local`, `memory`,
 * later the clouds) must do for metadata files and for purging.
 *
 *  F1  A location has one canonical form; two spellings of one place (`file:/a`, `file:///a`, `/a`) give the same one.
 *  F2  `canonical` refuses (`location-not-allowed`) what is not at or below an accepted root, and every spelling that could be read as another place: `..`, `.`, empty segments, `%2e`, `%2F`, `%5C`, backslash, control characters, `?`, `#`, leading or trailing spaces or dots of a segment (segments.ts has the whole rule).
 *  F3  `write` creates: it never replaces an existing file (`already-exists`). When it resolves, the file is complete and durable, its folder entry too; when it rejects, no reader ever sees a part of it. Storage that is full, broken or closed: `unavailable`. The bytes may come in pieces, which follow one another; those at the time of the call are written.
 *  F4  `read` gives the bytes as written, or `file-not-found`.
 *  F5  `list` gives every file below a folder, in no order, and nothing of a folder whose name merely begins alike; nothing when there is no such folder. That includes what an interrupted `write` left behind.
 *  F6  `remove` deletes files; a missing one is no error. Empty folders it leaves behind may be removed too, never the root.
 *  F7  Nothing outside the roots is ever read, written, listed or deleted, links inside them included: links are resolved before access and refused when they lead outside.
 *  F8  Everything but `canonical` takes what `canonical` or `list` gave, and checks again that it lies below a root. (Engines may give their files names that `canonical` refuses; a purge must reach them.)
 *  F9  `close` finishes the writes that were accepted; a later `write` is refused `unavailable`.
 */
export interface FileStorage {
	/** Canonical roots, each ending with `/`. The first is where default locations go. */
	readonly roots: readonly Location[];
	/** @throws PangolinError `location-not-allowed` */
	canonical(location: string): Location;
	write(location: Location, bytes: FileBytes): Promise<void>;
	/** @throws PangolinError `file-not-found` */
	read(location: Location): Promise<Buffer>;
	exists(location: Location): Promise<boolean>;
	/** Files below a folder (canonical, without or with a trailing slash). */
	list(folder: Location): AsyncIterable<StoredFile>;
	remove(locations: readonly Location[]): Promise<void>;
	close(): Promise<void>;
}

export type FileBytes = Uint8Array | readonly Uint8Array[];

/** A canonical location, without a trailing slash unless it is a root. */
export type Location = string & { readonly location: unique symbol };

export interface StoredFile {
	readonly location: Location;
	readonly sizeBytes: number;
	readonly modifiedAtMillis: number;
}
