/** Does an operation with the real use cases. */
import {
	at,
	metadataOf,
	runJobs,
	SCHEMA,
	type TestCatalog,
	VIEW_VERSION,
} from "../../../../test/support/catalog.ts";
import { atRef, CALLER } from "../../../../test/support/refs.ts";
import { type ErrorCode, PangolinError } from "../../../model/errors.ts";
import { createAsset, deleteAsset, updateAsset } from "../../assets.ts";
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
import { rebaseBranch } from "../rebase.ts";
import { revertCommit } from "../revert.ts";
import { rollBack } from "../rollback.ts";
import { createTag, deleteTag } from "../tags.ts";
import { undrop } from "../undrop.ts";
import type { Change, Operation, Undo } from "./operations.ts";

const HOUR = 60 * 60 * 1000;
const WEEK = 7 * 24 * HOUR;
const CLEANING = { cleanMillis: HOUR, pageSize: 2 };

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
		if (operation.do === "rebase") return await rebase(catalog, operation);
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
	request: Extract<Operation, { do: "merge" }>,
): Promise<Performed> {
	const { outcome } = await mergeBranches(deps, CALLER, "default", request);
	return outcome === "conflicted" ? { refused: outcome } : {};
}

async function rebase(
	{ deps }: TestCatalog,
	request: Extract<Operation, { do: "rebase" }>,
): Promise<Performed> {
	const { outcome } = await rebaseBranch(deps, CALLER, "default", request);
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
	operation: Exclude<Operation, { do: "merge" | "revert" | "rebase" }>,
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
		case "runJobs":
			await runJobs(catalog, CLEANING);
			return undefined;
		case "passTime":
			catalog.moveClock(WEEK + HOUR);
			return undefined;
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
			else if (change.kind === "asset")
				await updateAsset(deps, scope, identifier, { properties: updates });
			else await replaceView(deps, scope, identifier, request);
			return undefined;
		}
		case "createObject": {
			const { namespace, name } = identifier;
			if (change.kind === "asset") {
				const asset = { name, kind: "ML_MODEL", location: "s3://models/m" };
				return (await createAsset(deps, scope, namespace, asset)).id;
			}
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
			else if (change.kind === "asset")
				await deleteAsset(deps, scope, identifier);
			else await dropTable(deps, scope, identifier, { purge: false });
			return undefined;
		case "undrop": {
			const { namespace, name } = identifier;
			const request = { namespace, name, kind: change.kind };
			await undrop(deps, scope, request);
			return undefined;
		}
		case "renameObject": {
			const destination = at(...change.to.split("."));
			if (change.kind === "asset") {
				await updateAsset(deps, scope, identifier, destination);
				return undefined;
			}
			const rename = change.kind === "view" ? renameView : renameTable;
			await rename(deps, scope, { source: identifier, destination });
			return undefined;
		}
	}
}
