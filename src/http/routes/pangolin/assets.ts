import {
	createAsset,
	deleteAsset,
	getAsset,
	listAssets,
	updateAsset,
} from "../../../catalog/assets.ts";
import {
	BRANCH_QUERY,
	dottedNamespaceOf,
	dottedObjectOf,
} from "../../address.ts";
import { json, NO_CONTENT } from "../../answer.ts";
import { route } from "../../route.ts";
import { createAssetBody, updateAssetBody } from "./bodies.ts";
import { LIST_QUERY, listAnswer } from "./lists.ts";

const ALL = "/api/v1/catalogs/{catalog}/namespaces/{namespace}/assets";
const ONE = "/api/v1/catalogs/{catalog}/namespaces/{namespace}/assets/{asset}";

export const assetRoutes = [
	route({
		id: "listAssets",
		method: "GET",
		path: ALL,
		summary: "Lists everything in a namespace: tables, views and other assets",
		allow: "asset.list",
		errors: ["namespace-not-found"],
		query: { ...BRANCH_QUERY, ...LIST_QUERY },
		handler: async (deps, request) => {
			const { scope, namespace } = await dottedNamespaceOf(deps, request);
			return listAnswer(request.query, async (page) => {
				const list = await listAssets(deps.catalog, scope, namespace, page);
				return { rows: list.assets, nextPageToken: list.nextPageToken };
			});
		},
	}),
	route({
		id: "createAsset",
		method: "POST",
		path: ALL,
		summary: "Registers something that is not Iceberg's",
		allow: "asset.create",
		errors: ["namespace-not-found", "already-exists"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		body: createAssetBody,
		handler: async (deps, request) => {
			const { scope, namespace } = await dottedNamespaceOf(deps, request);
			return json(
				201,
				await createAsset(deps.catalog, scope, namespace, request.body),
			);
		},
	}),
	route({
		id: "getAsset",
		method: "GET",
		path: ONE,
		summary: "Shows an asset, table or view",
		allow: "asset.read",
		errors: ["asset-not-found", "file-not-found"],
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, identifier } = await dottedObjectOf(deps, request);
			return json(200, await getAsset(deps.catalog, scope, identifier));
		},
	}),
	route({
		id: "updateAsset",
		method: "PUT",
		path: ONE,
		summary: "Changes the given fields of an asset; a new name renames it",
		allow: "asset.update",
		errors: ["asset-not-found", "namespace-not-found", "already-exists"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		body: updateAssetBody,
		handler: async (deps, request) => {
			const { scope, identifier } = await dottedObjectOf(deps, request);
			return json(
				200,
				await updateAsset(deps.catalog, scope, identifier, request.body),
			);
		},
	}),
	route({
		id: "deleteAsset",
		method: "DELETE",
		path: ONE,
		summary: "Takes an asset out of the catalog; what is at its location stays",
		allow: "asset.delete",
		errors: ["asset-not-found"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, identifier } = await dottedObjectOf(deps, request);
			await deleteAsset(deps.catalog, scope, identifier);
			return NO_CONTENT;
		},
	}),
];
