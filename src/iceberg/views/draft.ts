import type { ViewMetadata, ViewVersion } from "../types.ts";
import type { ChangeContext } from "../updates/context.ts";

/** View metadata between two updates of one commit. */
export interface ViewDraft {
	readonly metadata: ViewMetadata;
	readonly context: ChangeContext;
	/** What -1 stands for. */
	readonly lastAddedSchemaId?: number | undefined;
	readonly lastAddedVersionId?: number | undefined;
	readonly addedVersionIds: ReadonlySet<number>;
	/** The version that the commit makes current, and since when it counts. */
	readonly activation?:
		| { readonly version: ViewVersion; readonly timestampMs: number }
		| undefined;
}

export function changed(
	draft: ViewDraft,
	members: Partial<ViewMetadata>,
): ViewDraft {
	return { ...draft, metadata: { ...draft.metadata, ...members } };
}
