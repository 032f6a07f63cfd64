import assert from "node:assert/strict";
import { type ErrorCode, PangolinError } from "../../model/errors.ts";
import type { FileStorage, Location } from "../contract.ts";

/** One storage to try, fresh and empty, and what the suite must know about its type. */
export interface StorageUnderTest {
	readonly storage: FileStorage;
	/** Other spellings of a canonical location, all of the same place. */
	spellings(location: Location): readonly string[];
	/** Well-formed locations of this type that are not below a root. */
	readonly outside: readonly string[];
	dispose(): Promise<void>;
}

/** A sentence of the contract and a way to see whether it holds. */
export interface StorageCase {
	readonly covers: readonly string[];
	readonly name: string;
	run(under: StorageUnderTest): Promise<void>;
}

/** A location below the first root. */
export function at({ storage }: StorageUnderTest, path: string): Location {
	return storage.canonical(`${storage.roots[0]}${path}`);
}

/** Takes a string for a location without asking `canonical`, as a broken caller would. */
export function forged(location: string): Location {
	return location as Location;
}

export async function refuses(
	code: ErrorCode,
	run: () => unknown,
	what?: string,
): Promise<void> {
	await assert.rejects(
		async () => run(),
		(error) => error instanceof PangolinError && error.code === code,
		what ?? `expected ${code}`,
	);
}

export async function listed(
	storage: FileStorage,
	folder: Location,
): Promise<string[]> {
	const found: string[] = [];
	for await (const file of storage.list(folder)) found.push(file.location);
	return found.sort();
}
