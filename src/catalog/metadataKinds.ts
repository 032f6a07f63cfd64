import type { Piece } from "../iceberg/elementTexts.ts";
import {
	keptMetadata,
	parseTableMetadata,
	readTableMetadata,
	tableMetadataPieces,
} from "../iceberg/tableMetadata.ts";
import type { TableMetadata, ViewMetadata } from "../iceberg/types.ts";
import {
	parseViewMetadata,
	serializeViewMetadata,
} from "../iceberg/views/viewMetadata.ts";
import { assert } from "../model/errors.ts";
import type { Cached, CachedFile } from "./metadataCache.ts";

export type Metadata = TableMetadata | ViewMetadata;

/** What differs between the metadata files of tables and of views. */
export interface MetadataKind<M extends Metadata> {
	readonly kind: "table" | "view";
	/** For a file that a client names: it is checked. */
	parse(text: string): M;
	/** For a file that was checked before, or that this server wrote. The bytes (UTF-8) may stay in use. */
	read(bytes: Buffer): M;
	/** The JSON text, in the order of its pieces. */
	pieces(metadata: M): readonly Piece[];
	uuidOf(metadata: M): string;
	/** In the form that takes the least memory. */
	kept(metadata: M): M;
	cacheable(file: Cached<M>): CachedFile;
	/** The id of an asset is that of a table or of a view, never of both. */
	narrowed(file: CachedFile): Cached<M>;
}

export const TABLE: MetadataKind<TableMetadata> = {
	kind: "table",
	parse: parseTableMetadata,
	read: readTableMetadata,
	pieces: tableMetadataPieces,
	uuidOf: (metadata) => metadata["table-uuid"],
	kept: keptMetadata,
	cacheable: (file) => ({ kind: "table", ...file }),
	narrowed: (file) => {
		assert(file.kind === "table", "a table's metadata was expected");
		return file;
	},
};

export const VIEW: MetadataKind<ViewMetadata> = {
	kind: "view",
	parse: parseViewMetadata,
	read: (bytes) => parseViewMetadata(bytes.toString("utf8")),
	pieces: (metadata) => [serializeViewMetadata(metadata)],
	uuidOf: (metadata) => metadata["view-uuid"],
	kept: (metadata) => metadata,
	cacheable: (file) => ({ kind: "view", ...file }),
	narrowed: (file) => {
		assert(file.kind === "view", "a view's metadata was expected");
		return file;
	},
};
