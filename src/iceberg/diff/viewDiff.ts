import type {
	ViewMetadata,
	ViewRepresentation,
	ViewVersion,
} from "../types.ts";
import { diffSchemas, type SchemaDiff } from "./schemaDiff.ts";
import {
	type Named,
	namedSides,
	propertySides,
	type Sides,
	sidesOf,
} from "./sides.ts";

/** Null (or an empty list): alike on both sides. */
export interface ViewDiff {
	readonly view_uuid: Sides<string> | null;
	readonly location: Sides<string> | null;
	readonly schema: SchemaDiff | null;
	readonly properties: readonly Named<string>[];
	readonly current_version_id: Sides<number> | null;
	/** Of the current versions, named by their dialect. */
	readonly representations: readonly Named<ViewRepresentation>[];
	readonly default_catalog: Sides<string> | null;
	readonly default_namespace: Sides<readonly string[]> | null;
	/** Versions that only one side has. */
	readonly added_version_ids: readonly number[];
	readonly removed_version_ids: readonly number[];
}

/** @param from undefined: the view was added; `to` undefined: it was removed */
export function diffViews(
	from: ViewMetadata | undefined,
	to: ViewMetadata | undefined,
): ViewDiff {
	const [before, after] = [currentVersion(from), currentVersion(to)];
	return {
		view_uuid: sidesOf(from?.["view-uuid"], to?.["view-uuid"]),
		location: sidesOf(from?.location, to?.location),
		schema: diffSchemas(schemaOf(from, before), schemaOf(to, after)),
		properties: propertySides(from?.properties, to?.properties),
		current_version_id: sidesOf(
			from?.["current-version-id"],
			to?.["current-version-id"],
		),
		representations: namedSides(byDialect(before), byDialect(after)),
		default_catalog: sidesOf(
			before?.["default-catalog"],
			after?.["default-catalog"],
		),
		default_namespace: sidesOf(
			before?.["default-namespace"],
			after?.["default-namespace"],
		),
		added_version_ids: idsBeyond(to, from),
		removed_version_ids: idsBeyond(from, to),
	};
}

function currentVersion(
	metadata: ViewMetadata | undefined,
): ViewVersion | undefined {
	const id = metadata?.["current-version-id"];
	return metadata?.versions.find((version) => version["version-id"] === id);
}

function schemaOf(
	metadata: ViewMetadata | undefined,
	version: ViewVersion | undefined,
): ViewMetadata["schemas"][number] | undefined {
	const id = version?.["schema-id"];
	return metadata?.schemas.find((schema) => schema["schema-id"] === id);
}

/** A view has at most one representation per dialect; what is not SQL is told by its type. */
function byDialect(
	version: ViewVersion | undefined,
): Map<string, ViewRepresentation> {
	return new Map(
		(version?.representations ?? []).map((each) => [
			each.dialect ?? each.type,
			each,
		]),
	);
}

/** Two branches may give one id to different versions: those differ in their time. */
function idsBeyond(
	side: ViewMetadata | undefined,
	other: ViewMetadata | undefined,
): number[] {
	const known = new Set(other?.versions.map(identityOf));
	return (side?.versions ?? [])
		.filter((version) => !known.has(identityOf(version)))
		.map((version) => version["version-id"]);
}

function identityOf(version: ViewVersion): string {
	return `${version["version-id"]} ${version["timestamp-ms"]}`;
}
