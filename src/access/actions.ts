/**
 * Everything that a caller can be allowed to do, as one closed union. A route
 * names the action that it needs; `decide` says whether a principal has it.
 */
export type Action =
	/** Needs nothing: health, the configuration of the catalog. */
	| "public"
	| "tenant.list"
	| "tenant.read"
	| "tenant.create"
	| "tenant.update"
	| "tenant.delete"
	| "warehouse.list"
	| "warehouse.read"
	| "warehouse.create"
	| "warehouse.update"
	| "warehouse.delete"
	| "catalog.list"
	| "catalog.read"
	| "catalog.create"
	| "catalog.update"
	| "catalog.delete"
	/** To see what two refs show differently, down to schemas and snapshots. */
	| "catalog.diff"
	| "namespace.list"
	| "namespace.read"
	| "namespace.create"
	| "namespace.update"
	| "namespace.delete"
	| "table.list"
	| "table.read"
	| "table.create"
	| "table.update"
	| "table.delete"
	/** To send the report of a scan or a commit. */
	| "table.report"
	| "view.list"
	| "view.read"
	| "view.create"
	| "view.update"
	| "view.delete"
	| "asset.list"
	| "asset.read"
	| "asset.create"
	| "asset.update"
	| "asset.delete"
	/** To see what was dropped and can come back. */
	| "dropped.list"
	| "dropped.restore"
	| "branch.list"
	| "branch.read"
	| "branch.create"
	| "branch.update"
	| "branch.delete"
	/** To undo a commit on a branch, or all since one. */
	| "branch.revert"
	| "branch.rollback"
	| "branch.rebase"
	| "merge.list"
	| "merge.read"
	/** To merge, and to complete a merge that had conflicts. */
	| "merge.create"
	/** To decide conflicts, and to abort a merge. */
	| "merge.resolve"
	| "tag.list"
	| "tag.read"
	| "tag.create"
	| "tag.delete"
	/** To see what was changed when, by whom. */
	| "commit.list"
	| "commit.read";
