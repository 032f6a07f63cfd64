import type { NamespacePath } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type {
	CreateNamespaceRequest,
	PageRequest,
	UpdateNamespacePropertiesRequest,
} from "./requests.ts";
import type {
	NamespaceList,
	NamespaceResult,
	NamespaceUpdateResult,
} from "./results.ts";
import type { Scope } from "./scope.ts";

export async function listNamespaces(
	_deps: CatalogDeps,
	_scope: Scope,
	_parent: NamespacePath,
	_page: PageRequest,
): Promise<NamespaceList> {
	throw new Error("not built yet");
}

export async function createNamespace(
	_deps: CatalogDeps,
	_scope: Scope,
	_request: CreateNamespaceRequest,
): Promise<NamespaceResult> {
	throw new Error("not built yet");
}

export async function loadNamespace(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
): Promise<NamespaceResult> {
	throw new Error("not built yet");
}

export async function namespaceExists(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
): Promise<boolean> {
	throw new Error("not built yet");
}

export async function dropNamespace(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
): Promise<void> {
	throw new Error("not built yet");
}

export async function updateNamespaceProperties(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
	_request: UpdateNamespacePropertiesRequest,
): Promise<NamespaceUpdateResult> {
	throw new Error("not built yet");
}
