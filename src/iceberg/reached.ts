import type { JsonObject, JsonValue } from "./json.ts";

/** The files that a metadata file names, beside data that its manifests name. */
export interface Reached {
	readonly manifestLists: readonly string[];
	/** Format version 1 may name manifests without a list. */
	readonly manifests: readonly string[];
	/** Statistics and partition statistics. */
	readonly statistics: readonly string[];
	/** The table's own property `gc.enabled` says that others may need its files. */
	readonly keepsFiles: boolean;
}

/**
 * What a table's metadata reaches; a view's reaches nothing. Lenient in all that
 * it does not need, so that it reads whatever an engine wrote.
 */
export function reachedBy(metadata: JsonValue): Reached {
	const table = objectOf(metadata);
	const snapshots = listOf(table.snapshots).map(objectOf);
	const statistics = [
		...listOf(table.statistics),
		...listOf(table["partition-statistics"]),
	].map(objectOf);
	const gcEnabled = objectOf(table.properties)["gc.enabled"];
	return {
		manifestLists: textsOf(snapshots.map((each) => each["manifest-list"])),
		manifests: textsOf(snapshots.flatMap((each) => listOf(each.manifests))),
		statistics: textsOf(statistics.map((each) => each["statistics-path"])),
		keepsFiles:
			typeof gcEnabled === "string" && gcEnabled.toLowerCase() === "false",
	};
}

/** The manifests that the records of a manifest list name. @throws TypeError for other records */
export function manifestsIn(records: readonly unknown[]): string[] {
	return records.map((record) => requiredText(record, "manifest_path"));
}

/** What a manifest's entry says about its file: 2 is a file that its snapshot deleted. */
const DELETED = 2;

/**
 * The data files, delete files and deletion vectors that the records of a
 * manifest keep alive. What a snapshot deleted is reached by older ones only.
 * @throws TypeError for other records
 */
export function liveFilesIn(records: readonly unknown[]): string[] {
	const live: string[] = [];
	for (const record of records) {
		const { status, data_file: file } = recordOf(record);
		if (typeof status !== "number")
			throw new TypeError("an entry has no status");
		if (status !== DELETED) live.push(requiredText(file, "file_path"));
	}
	return live;
}

function requiredText(record: unknown, field: string): string {
	const value = recordOf(record)[field];
	if (typeof value !== "string") throw new TypeError(`no ${field}`);
	return value;
}

function recordOf(value: unknown): Record<string, unknown> {
	if (typeof value !== "object" || value === null)
		throw new TypeError("not a record");
	return value as Record<string, unknown>;
}

function objectOf(value: JsonValue | undefined): JsonObject {
	const isObject =
		typeof value === "object" && value !== null && !Array.isArray(value);
	return isObject ? (value as JsonObject) : {};
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
	return Array.isArray(value) ? value : [];
}

function textsOf(values: readonly (JsonValue | undefined)[]): string[] {
	return values.filter((value) => typeof value === "string");
}
