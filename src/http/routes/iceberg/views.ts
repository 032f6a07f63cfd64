import { replaceView } from "../../../catalog/commitView.ts";
import { listViews } from "../../../catalog/listing.ts";
import { registerView } from "../../../catalog/registers.ts";
import { renameView } from "../../../catalog/renames.ts";
import {
	createView,
	dropView,
	loadView,
	viewExists,
} from "../../../catalog/views.ts";
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
	commitViewBody,
	createViewBody,
	registerViewBody,
	renameBody,
} from "./bodies.ts";
import { loadedView } from "./loaded.ts";
import { identifierPage, PAGE_QUERY, pageOf } from "./paging.ts";

const NAMESPACE = "/v1/{prefix}/namespaces/{namespace}";
const VIEWS = "/v1/{prefix}/namespaces/{namespace}/views";
const VIEW = "/v1/{prefix}/namespaces/{namespace}/views/{view}";

export const viewRoutes = [
	route({
		id: "listViews",
		method: "GET",
		path: VIEWS,
		summary: "Lists the views of a namespace",
		allow: "view.list",
		errors: ["namespace-not-found"],
		query: { ...PAGE_QUERY, ...BRANCH_QUERY },
		handler: async (deps, request) => {
			const page = pageOf(request.query);
			const { scope, namespace } = await listedNamespaceOf(
				deps,
				request,
				"view",
				page,
			);
			return identifierPage(
				await listViews(deps.catalog, scope, namespace, page),
			);
		},
	}),
	route({
		id: "createView",
		method: "POST",
		path: VIEWS,
		summary: "Creates a view",
		allow: "view.create",
		errors: ["namespace-not-found", "already-exists", "location-busy"],
		query: BRANCH_QUERY,
		body: createViewBody,
		handler: async (deps, request) => {
			const { scope, namespace } = await namespaceOf(deps, request);
			return loadedView(
				await createView(deps.catalog, scope, namespace, request.body),
			);
		},
	}),
	route({
		id: "registerView",
		method: "POST",
		path: `${NAMESPACE}/register-view`,
		summary: "Registers a view by its metadata file",
		allow: "view.create",
		errors: ["namespace-not-found", "already-exists", "file-not-found"],
		idempotent: "view",
		query: BRANCH_QUERY,
		body: registerViewBody,
		handler: async (deps, request) => {
			const { scope, namespace } = await namespaceOf(deps, request);
			return loadedView(
				await registerView(deps.catalog, scope, namespace, request.body),
			);
		},
	}),
	route({
		id: "loadView",
		method: "GET",
		path: VIEW,
		summary: "Loads a view",
		allow: "view.read",
		errors: ["view-not-found", "namespace-not-found", "file-not-found"],
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, identifier } = await seenObjectOf(deps, request);
			return loadedView(await loadView(deps.catalog, scope, identifier));
		},
	}),
	route({
		id: "viewExists",
		method: "HEAD",
		path: VIEW,
		summary: "Whether a view exists",
		allow: "view.read",
		errors: ["view-not-found", "namespace-not-found"],
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, identifier } = await seenObjectOf(deps, request);
			if (await viewExists(deps.catalog, scope, identifier)) return NO_CONTENT;
			throw new PangolinError(
				"view-not-found",
				`View does not exist: ${displayName(identifier)}`,
			);
		},
	}),
	route({
		id: "replaceView",
		method: "POST",
		path: VIEW,
		summary: "Commits updates to a view",
		allow: "view.update",
		errors: [
			"view-not-found",
			"namespace-not-found",
			"commit-conflict",
			"commit-state-unknown",
			"validation-failed",
		],
		idempotent: "view",
		query: BRANCH_QUERY,
		body: commitViewBody,
		handler: async (deps, request) => {
			const { scope, identifier } = await objectOf(deps, request);
			return loadedView(
				await replaceView(deps.catalog, scope, identifier, request.body),
			);
		},
	}),
	route({
		id: "dropView",
		method: "DELETE",
		path: VIEW,
		summary: "Drops a view",
		allow: "view.delete",
		errors: ["view-not-found", "namespace-not-found"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, identifier } = await objectOf(deps, request);
			await dropView(deps.catalog, scope, identifier);
			return NO_CONTENT;
		},
	}),
	route({
		id: "renameView",
		method: "POST",
		path: "/v1/{prefix}/views/rename",
		summary: "Renames a view, or moves it to another namespace",
		allow: "view.update",
		errors: ["view-not-found", "namespace-not-found", "already-exists"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		body: renameBody,
		handler: async (deps, request) => {
			const scope = await scopeOf(deps, request);
			await renameView(deps.catalog, scope, request.body);
			return NO_CONTENT;
		},
	}),
];
