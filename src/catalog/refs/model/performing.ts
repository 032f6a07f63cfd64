/** Does an operation with the real use cases. */
import {
	at,
	metadataOf,
	SCHEMA,
	type TestCatalog,
	VIEW_VERSION,
} from "../../../../test/support/catalog.ts";
import { atRef, CALLER } from "../../../../test/support/refs.ts";
import { type ErrorCode, PangolinError } from "../../../model/errors.ts";
import { commitTable } from "../../commitTable.ts";
import { replaceView } from "../../commitView.ts";
import { createTable } from "../../createTable.ts";
import { dropTable } from "../../dropTable.ts";
import { updateNamespaceProperties } from "../../namespaceProperties.ts";
import {
	createNamespace as createRealNamespace,
	dropNamespace as dropRealNamespace,
} from "../../namespaces.ts";
import { renameTable, renameView } from "../../renames.ts";
import { createView, dropView } from "../../views.ts";
import { createBranch, deleteBranch, updateBranch } from "../branches.ts";
import { mergeBranches } from "../merge.ts";
import { revertCommit } from "../revert.ts";
import { rollBack } from "../rollback.ts";
import { createTag, deleteTag } from "../tags.ts";
import type { Change, Operation, Undo } from "./operations.ts";

/** What the real catalog said. */
export interface Performed {
	readonly refused?: ErrorCode | "conflicted";
	/** The UUID of what was created. */
	readonly id?: string;
}

export async function performed(
	catalog: TestCatalog,
	operation: Operation,
): Promise<Performed> {
	try {
		if (operation.do === "merge") return await merge(catalog, operation);
		if (operation.do === "revert") return await revert(catalog, operation);
		const id = await perform(catalog, operation);
		return id === undefined ? {} : { id };
	} catch (error) {
		if (error instanceof PangolinError) return { refused: error.code };
		throw error;
	}
}

async function merge(
	{ deps }: TestCatalog,
	sides: Extract<Operation, { do: "merge" }>,
): Promise<Performed> {
	const { outcome } = await mergeBranches(deps, CALLER, "default", sides);
	return outcome === "conflicted" ? { refused: outcome } : {};
}

async function revert(
	catalog: TestCatalog,
	{ ref, commit }: Undo,
): Promise<Performed> {
	const { deps, scope } = await atRef(catalog, ref);
	const { outcome } = await revertCommit(deps, scope, { commit });
	return outcome === "conflicted" ? { refused: outcome } : {};
}

async function perform(
	catalog: TestCatalog,
	operation: Exclude<Operation, { do: "merge" } | { do: "revert" }>,
): Promise<string | undefined> {
	const { deps } = catalog;
	switch (operation.do) {
		case "change":
			return change(await atRef(catalog, operation.ref), operation.change);
		case "rollBack": {
			const { scope } = await atRef(catalog, operation.ref);
			await rollBack(deps, scope, { to: operation.commit });
			return undefined;
		}
		case "createBranch": {
			await createBranch(deps, CALLER, "default", operation);
			return undefined;
		}
		case "createTag": {
			const { name, from } = operation;
			await createTag(deps, CALLER, "default", { name, at: from });
			return undefined;
		}
		case "deleteBranch":
			await deleteBranch(deps, CALLER, "default", operation.name);
			return undefined;
		case "deleteTag":
			await deleteTag(deps, CALLER, "default", operation.name);
			return undefined;
		case "renameBranch": {
			const request = { name: operation.to };
			await updateBranch(deps, CALLER, "default", operation.name, request);
			return undefined;
		}
		case "protectBranch": {
			const request = { protected: operation.on };
			await updateBranch(deps, CALLER, "default", operation.name, request);
			return undefined;
		}
	}
}

async function change(
	{ deps, scope }: TestCatalog,
	change: Change,
): Promise<string | undefined> {
	const { path } = change;
	const levels = path.split(".");
	const identifier = at(...levels);
	switch (change.do) {
		case "createNamespace":
			await createRealNamespace(deps, scope, { namespace: levels });
			return undefined;
		case "dropNamespace":
			await dropRealNamespace(deps, scope, levels);
			return undefined;
		case "setProperty": {
			const updates = { k: change.value };
			const request = {
				requirements: [],
				updates: [{ action: "set-properties", updates } as const],
			};
			if (change.kind === "namespace")
				await updateNamespaceProperties(deps, scope, levels, { updates });
			else if (change.kind === "table")
				await commitTable(deps, scope, identifier, request);
			else await replaceView(deps, scope, identifier, request);
			return undefined;
		}
		case "createObject": {
			const { namespace, name } = identifier;
			if (change.kind === "view") {
				const request = { name, schema: SCHEMA, "view-version": VIEW_VERSION };
				const view = await createView(deps, scope, namespace, request);
				return JSON.parse(view.body.toString()).metadata["view-uuid"];
			}
			const table = await createTable(deps, scope, namespace, {
				name,
				schema: SCHEMA,
			});
			return metadataOf(table)["table-uuid"];
		}
		case "dropObject":
			if (change.kind === "view") await dropView(deps, scope, identifier);
			else await dropTable(deps, scope, identifier, { purge: false });
			return undefined;
		case "renameObject": {
			const destination = at(...change.to.split("."));
			const rename = change.kind === "view" ? renameView : renameTable;
			await rename(deps, scope, { source: identifier, destination });
			return undefined;
		}
	}
}
