import { PangolinError } from "../model/errors.ts";
import { displayName, type Identifier } from "../model/names.ts";
import type { RecordChange } from "../store/changes.ts";
import type { CatalogDeps } from "./deps.ts";
import { type IcebergRow, requireObject } from "./entries.ts";
import { loadedAfterEffect } from "./guardedAnswers.ts";
import type { RecordedAnswer } from "./idempotencySlot.ts";
import { recordedOf } from "./loadAnswers.ts";
import { readMetadata } from "./metadataFiles.ts";
import { TABLE } from "./metadataKinds.ts";
import { releaseFrom } from "./refs/sharing.ts";
import type { LoadedTable } from "./results.ts";
import { requireWritable, type Scope } from "./scope.ts";
import {
	isOutrun,
	newJob,
	refuseUnexpected,
	submit,
	untilDecided,
} from "./submit.ts";

/**
 * Drops a table. With `purge` its files are deleted in the background, unless its
 * own property `gc.enabled` says that others may need them; without, they stay
 * and its location stays reserved for it. While another ref shows it the files
 * stay in any case, and the location is as taken as before.
 * @throws PangolinError `table-not-found`, `forbidden`
 */
export async function dropTable(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	{ purge }: { readonly purge: boolean },
): Promise<void> {
	await dropObject(deps, scope, "table", identifier, async (row) => ({
		message: `${purge ? "purge" : "drop"} table ${displayName(identifier)}`,
		answer: { kind: "empty" },
		jobs:
			purge && (await mayDeleteFiles(deps, scope, row))
				? await purgeJobs(deps, scope, row)
				: [],
		result: undefined,
	}));
}

/**
 * Takes a table out of the catalog and leaves its files alone.
 * @returns its last metadata; every later commit finds no table
 * @throws PangolinError `table-not-found`, `file-not-found`, `forbidden`
 */
export async function unregisterTable(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<LoadedTable> {
	const file = await dropObject(
		deps,
		scope,
		"table",
		identifier,
		async (row) => {
			const last = await readMetadata(deps, scope, TABLE, row.entry);
			return {
				message: `unregister table ${displayName(identifier)}`,
				answer: recordedOf(last),
				jobs: [],
				result: last,
			};
		},
	);
	return loadedAfterEffect(deps, scope, file);
}

/** What else a drop does, decided on the row that is dropped. */
interface Drop<Result> {
	readonly message: string;
	readonly answer: RecordedAnswer;
	/** With a job the claims are kept until it is done with the files, and nothing can come back. */
	readonly jobs: readonly RecordChange[];
	readonly result: Result;
}

/** @throws PangolinError `table-not-found`, `view-not-found` */
export async function dropObject<Result>(
	deps: CatalogDeps,
	scope: Scope,
	kind: "table" | "view",
	identifier: Identifier,
	plan: (row: IcebergRow) => Promise<Drop<Result>>,
): Promise<Result> {
	requireWritable(scope);
	const first = await requireObject(deps, scope, kind, identifier);
	const decided = await deps.queue.run([first.entry.id], () =>
		untilDecided(deps, displayName(identifier), async () => {
			const row = await requireObject(deps, scope, kind, identifier);
			const { message, answer, jobs, result } = await plan(row);
			const state = jobs.length > 0 ? "purging" : "dropped";
			const release = await releaseFrom(deps, scope, row.entry.id, state);
			const submission = await submit(deps, scope, {
				entries: [
					{
						op: "drop",
						key: row.key,
						ifVersion: row.version,
						isFinal: jobs.length > 0,
					},
				],
				...release,
				jobs,
				message,
				answer,
			});
			if (submission.outcome === "applied") {
				deps.metadata.forget(row.entry.metadataLocation);
				return { result };
			}
			if (isOutrun(submission)) return undefined;
			return refuseUnexpected(scope, submission);
		}),
	);
	return decided.result;
}

/** A table whose metadata cannot be read any more has nothing to say. */
async function mayDeleteFiles(
	deps: CatalogDeps,
	scope: Scope,
	{ entry }: IcebergRow,
): Promise<boolean> {
	try {
		const { metadata } = await readMetadata(deps, scope, TABLE, entry);
		return metadata.properties["gc.enabled"]?.toLowerCase() !== "false";
	} catch (error) {
		if (error instanceof PangolinError && !isPassing(error)) return true;
		throw error;
	}
}

function isPassing({ code }: PangolinError): boolean {
	return code === "unavailable" || code === "overloaded";
}

async function purgeJobs(
	deps: CatalogDeps,
	scope: Scope,
	{ entry }: IcebergRow,
): Promise<RecordChange[]> {
	const { catalog, warehouse } = scope.located;
	if (warehouse === null) return [];
	const claims = await deps.store.claims.claimsOf(
		scope.principal.tenant,
		entry.id,
	);
	return [
		newJob(deps, scope, "purge", {
			catalog: catalog.id,
			asset: entry.id,
			uuid: entry.uuid,
			warehouse: { id: warehouse.id, name: warehouse.name },
			folders: claims.map(({ location }) => location),
			metadataLocation: entry.metadataLocation,
		}),
	];
}
