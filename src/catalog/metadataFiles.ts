import type { FileStorage, Location } from "../files/contract.ts";
import {
	compressIfNamed,
	metadataFolder,
	nextMetadataFileName,
	plainMetadata,
} from "../iceberg/metadataFile.ts";
import { PangolinError } from "../model/errors.ts";
import type { AssetId } from "../model/ids.ts";
import type { IcebergEntry } from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import { answered } from "./loadAnswers.ts";
import type { Cached } from "./metadataCache.ts";
import type { Metadata, MetadataKind } from "./metadataKinds.ts";
import type { StoredFile } from "./plans.ts";
import type { Scope } from "./scope.ts";

/**
 * The metadata that an entry points to, from the cache or from its file.
 * @throws PangolinError `file-not-found`
 */
export async function readMetadata<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	entry: Pick<IcebergEntry, "id" | "metadataLocation">,
): Promise<Cached<M>> {
	const held = deps.metadata.get(entry.metadataLocation, entry.id);
	const file =
		held ??
		(await deps.metadata.load(entry.metadataLocation, entry.id, async () =>
			kind.cacheable(
				await readFile(scope, kind, entry.id, entry.metadataLocation),
			),
		));
	return kind.narrowed(file);
}

async function readFile<M extends Metadata>(
	scope: Scope,
	kind: MetadataKind<M>,
	asset: AssetId,
	metadataLocation: string,
): Promise<Cached<M>> {
	const { storage } = scope;
	const location = storage.canonical(metadataLocation);
	const text = plainMetadata(location, await readBytes(scope, location));
	const metadata = kind.read(text);
	const spelled = spelledLocation(scope, metadata, location);
	return answered(asset, metadata, { location, spelled }, [text]).file;
}

/** @throws PangolinError `file-not-found`, in the words that Java's client knows */
export async function readBytes(
	scope: Scope,
	location: Location,
): Promise<Buffer> {
	try {
		return await scope.storage.read(location);
	} catch (error) {
		if (error instanceof PangolinError && error.code === "file-not-found")
			throw fileGone(location, { cause: error });
		throw error;
	}
}

/** @throws PangolinError `file-not-found` when the file is not there any more */
export async function requireFile(
	storage: FileStorage,
	location: Location,
): Promise<void> {
	if (!(await storage.exists(location))) throw fileGone(location);
}

function fileGone(location: Location, options?: ErrorOptions): PangolinError {
	return new PangolinError(
		"file-not-found",
		`Failed to open input stream for file: ${location}`,
		options,
	);
}

/**
 * Entries keep canonical locations; clients hear of a file in the spelling of
 * the table's own location (`file:/a` and `file:///a` are one place).
 */
function spelledLocation(
	scope: Scope,
	metadata: Metadata,
	location: Location,
): string {
	const name = location.slice(location.lastIndexOf("/") + 1);
	const spelled = `${metadataFolder(metadata)}/${name}`;
	if (spelled === location) return spelled;
	try {
		return scope.storage.canonical(spelled) === location ? spelled : location;
	} catch (error) {
		if (error instanceof PangolinError) return location;
		throw error;
	}
}

/**
 * Writes metadata as the next file of its table or view. It is durable when
 * this resolves.
 */
export async function stageMetadata<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	next: {
		readonly asset: AssetId;
		readonly metadata: M;
		readonly previousLocation: string | undefined;
	},
): Promise<StoredFile<M>> {
	const { asset, metadata } = next;
	const name = nextMetadataFileName(
		next.previousLocation,
		deps.newUuid(),
		metadata.properties,
	);
	const spelled = `${metadataFolder(metadata)}/${name}`;
	const location = scope.storage.canonical(spelled);
	const at = { location, spelled };
	const pieces = kind.pieces(metadata);
	const { file, text } = answered(asset, kind.kept(metadata), at, pieces);
	await scope.storage.write(location, compressIfNamed(name, text));
	return { location, file };
}

/** Only after proof that nothing points to the files. A file left behind harms nobody. */
export async function discardStaged(
	deps: CatalogDeps,
	scope: Scope,
	staged: readonly { readonly location: Location }[],
): Promise<void> {
	try {
		await scope.storage.remove(staged.map(({ location }) => location));
	} catch (error) {
		deps.observe({
			kind: "cleanup-failed",
			what: "remove a metadata file whose commit was refused",
			error,
		});
	}
}
