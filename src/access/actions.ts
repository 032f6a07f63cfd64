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
	| "view.delete";
