import { createTable } from "../../../catalog/createTable.ts";
import { dropTable, unregisterTable } from "../../../catalog/dropTable.ts";
import { listTables } from "../../../catalog/listing.ts";
import { loadTable, tableExists } from "../../../catalog/loadTable.ts";
import { registerTable } from "../../../catalog/registers.ts";
import { renameTable } from "../../../catalog/renames.ts";
import { reportMetrics } from "../../../catalog/reports.ts";
import { PangolinError } from "../../../model/errors.ts";
import { displayName } from "../../../model/names.ts";
import {
	BRANCH_QUERY,
	listedNamespaceOf,
	namespaceOf,
	objectOf,
	scopeOf,
	seenObjectOf,
} from "../../address.ts";
import { NO_CONTENT } from "../../answer.ts";
import { route } from "../../route.ts";
import {
	createTableBody,
	registerTableBody,
	renameBody,
	reportBody,
} from "./bodies.ts";
import { loadedTable, notModified } from "./loaded.ts";
import { identifierPage, PAGE_QUERY, pageOf } from "./paging.ts";
import { snapshotMode } from "./snapshotMode.ts";

const NAMESPACE = "/v1/{prefix}/namespaces/{namespace}";
const TABLES = "/v1/{prefix}/namespaces/{namespace}/tables";
const TABLE = "/v1/{prefix}/namespaces/{namespace}/tables/{table}";

export const tableRoutes = [
	route({
		id: "listTables",
		method: "GET",
		path: TABLES,
		summary: "Lists the tables of a namespace",
		allow: "table.list",
		errors: ["namespace-not-found"],
		query: { ...PAGE_QUERY, ...BRANCH_QUERY },
		handler: async (deps, request) => {
			const page = pageOf(request.query);
			const { scope, namespace } = await listedNamespaceOf(
				deps,
				request,
				"table",
				page,
			);
			return identifierPage(
				await listTables(deps.catalog, scope, namespace, page),
			);
		},
	}),
	route({
		id: "createTable",
		method: "POST",
		path: TABLES,
		summary: "Creates a table, or stages its creation",
		allow: "table.create",
		errors: ["namespace-not-found", "already-exists", "location-busy"],
		idempotent: "table",
		query: BRANCH_QUERY,
		body: createTableBody,
		handler: async (deps, request) => {
			const { scope, namespace } = await namespaceOf(deps, request);
			return loadedTable(
				await createTable(deps.catalog, scope, namespace, request.body),
			);
		},
	}),
	route({
		id: "registerTable",
		method: "POST",
		path: `${NAMESPACE}/register`,
		summary: "Registers a table by its metadata file",
		allow: "table.create",
		errors: ["namespace-not-found", "already-exists", "file-not-found"],
		idempotent: "table",
		query: BRANCH_QUERY,
		body: registerTableBody,
		handler: async (deps, request) => {
			const { scope, namespace } = await namespaceOf(deps, request);
			return loadedTable(
				await registerTable(deps.catalog, scope, namespace, request.body),
			);
		},
	}),
	route({
		id: "loadTable",
		method: "GET",
		path: TABLE,
		summary: "Loads a table",
		allow: "table.read",
		errors: ["table-not-found", "namespace-not-found", "file-not-found"],
		query: { snapshots: "text", ...BRANCH_QUERY },
		handler: async (deps, request) => {
			const snapshots = snapshotMode(request.query.snapshots);
			const { scope, identifier } = await seenObjectOf(deps, request);
			const { ifNoneMatch } = request;
			const loaded = await loadTable(deps.catalog, scope, identifier, {
				snapshots,
				ifNoneMatch,
			});
			return loaded === "not-modified"
				? notModified(ifNoneMatch)
				: loadedTable(loaded);
		},
	}),
	route({
		id: "tableExists",
		method: "HEAD",
		path: TABLE,
		summary: "Whether a table exists",
		allow: "table.read",
		errors: ["table-not-found", "namespace-not-found"],
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, identifier } = await seenObjectOf(deps, request);
			if (await tableExists(deps.catalog, scope, identifier)) return NO_CONTENT;
			throw new PangolinError(
				"table-not-found",
				`Table does not exist: ${displayName(identifier)}`,
			);
		},
	}),
	route({
		id: "dropTable",
		method: "DELETE",
		path: TABLE,
		summary: "Drops a table; with purgeRequested its files are deleted too",
		allow: "table.delete",
		errors: ["table-not-found", "namespace-not-found"],
		idempotent: "plain",
		query: { purgeRequested: "boolean", ...BRANCH_QUERY },
		handler: async (deps, request) => {
			const { scope, identifier } = await objectOf(deps, request);
			const purge = request.query.purgeRequested ?? false;
			await dropTable(deps.catalog, scope, identifier, { purge });
			return NO_CONTENT;
		},
	}),
	route({
		id: "unregisterTable",
		method: "POST",
		path: `${TABLE}/unregister`,
		summary: "Takes a table out of the catalog and gives its last metadata",
		allow: "table.delete",
		errors: ["table-not-found", "namespace-not-found"],
		idempotent: "table",
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, identifier } = await objectOf(deps, request);
			return loadedTable(
				await unregisterTable(deps.catalog, scope, identifier),
			);
		},
	}),
	route({
		id: "renameTable",
		method: "POST",
		path: "/v1/{prefix}/tables/rename",
		summary: "Renames a table, or moves it to another namespace",
		allow: "table.update",
		errors: ["table-not-found", "namespace-not-found", "already-exists"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		body: renameBody,
		handler: async (deps, request) => {
			const scope = await scopeOf(deps, request);
			await renameTable(deps.catalog, scope, request.body);
			return NO_CONTENT;
		},
	}),
	route({
		id: "reportMetrics",
		method: "POST",
		path: `${TABLE}/metrics`,
		summary: "Keeps the report of a scan or a commit",
		allow: "table.report",
		errors: ["table-not-found", "namespace-not-found"],
		query: BRANCH_QUERY,
		body: reportBody,
		handler: async (deps, request) => {
			const { scope, identifier } = await objectOf(deps, request);
			await reportMetrics(deps.catalog, scope, identifier, request.body);
			return NO_CONTENT;
		},
	}),
];
