import type { RecordChange } from "../changes.ts";
import { keyParts } from "../recordKeys.ts";
import type { Line, MergeOperation } from "../records.ts";
import { idOf } from "../rules/state.ts";
import type { Group } from "./changeGroup.ts";
import { loadPassing, loadRoots, loadShown } from "./loadHistory.ts";
import { loadChain, loadCommit, loadStretches } from "./loadLines.ts";
import { loadClaimsOfCatalog, loadRemoved } from "./loadRemovals.ts";
import type { Overlay } from "./overlay.ts";
import { loadLine, loadRecord, loadRecords, putCommit } from "./overlay.ts";
import { below } from "./queries.ts";

type ChangeOf<Op extends RecordChange["op"]> = Extract<
	RecordChange,
	{ op: Op }
>;

/** Reads what the rules look at for one change of a record. */
export async function loadRecordChange(
	overlay: Overlay,
	group: Group,
	change: RecordChange,
): Promise<void> {
	switch (change.op) {
		case "check":
			await loadKey(overlay, change);
			return;
		case "insert":
			return await loadNeeds(overlay, group, change);
		case "update":
			await Promise.all([
				loadKey(overlay, change),
				loadNeeds(overlay, group, change),
				change.collection === "warehouse" &&
					loadNaming(overlay, change.key.tenant, change.key.name),
			]);
			return;
		case "delete":
			await loadKey(overlay, change);
			return await loadDeletion(overlay, group, change);
	}
}

/** Reads the row that a change names. */
async function loadKey(
	overlay: Overlay,
	{ collection, key }: Exclude<RecordChange, { op: "insert" }>,
): Promise<void> {
	if (collection === "line") await loadLine(overlay, key.tenant, key.line);
	else await loadRecord(overlay, collection, ...keyParts(collection, key));
}

/** Reads the row in whose place a value would come, and what it needs to be there. */
async function loadNeeds(
	overlay: Overlay,
	group: Group,
	change: ChangeOf<"insert"> | ChangeOf<"update">,
): Promise<void> {
	switch (change.collection) {
		case "tenant":
			await loadRecord(overlay, "tenant", change.value.id);
			return;
		case "warehouse":
		case "catalog": {
			const { tenant, name, id } = change.value;
			const { collection } = change;
			await Promise.all([
				loadRecord(overlay, collection, tenant, name),
				loadRecords(overlay, collection, { filter: { i: idOf(tenant, id) } }),
				loadRecord(overlay, "tenant", tenant),
			]);
			if (collection === "catalog" && change.value.warehouse !== null)
				await loadRecord(overlay, "warehouse", tenant, change.value.warehouse);
			return;
		}
		case "ref": {
			const { tenant, catalog, name, line, number } = change.value;
			const [, stored] = await Promise.all([
				loadRecord(overlay, "ref", tenant, catalog, name),
				loadLine(overlay, tenant, line),
			]);
			const wanted = number ?? stored?.head ?? 0;
			await loadStretches(overlay, idOf(tenant, line), wanted);
			return;
		}
		case "line":
			return await loadLineNeeds(overlay, group, change.value);
		case "idempotency":
			await loadRecord(
				overlay,
				"idempotency",
				change.value.tenant,
				change.value.key,
			);
			return;
		case "job":
			await loadRecord(overlay, "job", change.value.tenant, change.value.id);
			return;
		default:
			return await loadOwned(overlay, change);
	}
}

async function loadOwned(
	overlay: Overlay,
	change: Extract<
		ChangeOf<"insert"> | ChangeOf<"update">,
		{ collection: "garbage" | "report" | "mergeOperation" | "mergeConflict" }
	>,
): Promise<void> {
	switch (change.collection) {
		case "garbage": {
			const { tenant, asset, metadataLocation } = change.value;
			await loadRecord(overlay, "garbage", tenant, asset, metadataLocation);
			return;
		}
		case "report": {
			const { tenant, asset, id } = change.value;
			await loadRecord(overlay, "report", tenant, asset, id);
			return;
		}
		case "mergeOperation": {
			const { tenant, catalog, id } = change.value;
			await Promise.all([
				loadRecord(overlay, "mergeOperation", tenant, id),
				loadRecords(overlay, "catalog", {
					filter: { i: idOf(tenant, catalog) },
				}),
			]);
			return;
		}
		case "mergeConflict": {
			const { tenant, operation, id } = change.value;
			await Promise.all([
				loadRecord(overlay, "mergeConflict", tenant, id),
				loadRecord(overlay, "mergeOperation", tenant, operation),
			]);
			return;
		}
	}
}

/** A line's own record, its catalog, its ancestors and the commits where they forked. */
async function loadLineNeeds(
	overlay: Overlay,
	group: Group,
	line: Line,
): Promise<void> {
	const { tenant, catalog, id, parent } = line;
	const lines = [...group.lines, line];
	await Promise.all([
		loadRecords(overlay, "catalog", { filter: { i: idOf(tenant, catalog) } }),
		loadChain(overlay, { tenant, line: id }, lines),
		parent && loadStretches(overlay, idOf(tenant, parent.line), parent.number),
	]);
	const forks = [
		...lines,
		...[...overlay.state.lines.values()].map((row) => row.value),
	]
		.map((each) => each.parent)
		.filter((fork) => fork !== null);
	await Promise.all(
		forks.map(async (fork) => {
			await loadLine(overlay, tenant, fork.line);
			await loadCommit(overlay, idOf(tenant, fork.line), fork.number);
		}),
	);
}

/** Reads the catalogs that name a warehouse. */
async function loadNaming(
	overlay: Overlay,
	tenant: string,
	warehouse: string,
	limit?: number,
): Promise<void> {
	const filter = { w: idOf(tenant, warehouse) };
	await loadRecords(overlay, "catalog", { filter, ...(limit && { limit }) });
}

/** Reads what keeps a row from being deleted and what goes with it. */
async function loadDeletion(
	overlay: Overlay,
	group: Group,
	change: ChangeOf<"delete">,
): Promise<void> {
	const limit = group.slack;
	const { tenant } = change.key;
	switch (change.collection) {
		case "tenant": {
			const filter = { k: below([tenant]) };
			await Promise.all([
				loadRecords(overlay, "warehouse", { filter, limit }),
				loadRecords(overlay, "catalog", { filter, limit }),
			]);
			return;
		}
		case "warehouse":
			for (const name of namesOf(group, change))
				await loadNaming(overlay, tenant, name, limit);
			return;
		case "catalog":
			for (const name of namesOf(group, change)) {
				const row = await loadRecord(overlay, "catalog", tenant, name);
				if (row !== undefined) await loadCatalog(overlay, group, row.i ?? "");
			}
			return;
		case "line":
			return await loadWholeLine(overlay, group, tenant, change.key.line);
		case "mergeOperation":
			await loadConflicts(overlay, idOf(tenant, change.key.operation));
			return;
		default:
			return;
	}
}

/** The name in the key of a deletion, and those that the group renames to it. */
function namesOf(
	{ changes }: Group,
	{
		collection,
		key,
	}: Extract<ChangeOf<"delete">, { collection: "warehouse" | "catalog" }>,
): Set<string> {
	const names = new Set<string>([key.name]);
	for (const change of changes)
		if (change.op === "update" && change.collection === collection)
			if ("name" in change.key) names.add(change.key.name);
	return names;
}

/** @param catalog tenant and id, joined */
async function loadCatalog(
	overlay: Overlay,
	group: Group,
	catalog: string,
): Promise<void> {
	const filter = { c: catalog };
	const [lines, , , operations] = await Promise.all([
		overlay.rows.select("line", { filter }),
		loadRecords(overlay, "ref", { filter: { k: below([catalog]) } }),
		loadRecords(overlay, "garbage", { filter }),
		loadRecords(overlay, "mergeOperation", { filter }),
		loadClaimsOfCatalog(overlay, catalog),
	]);
	await Promise.all([
		...lines.map(({ k }) => loadObjects(overlay, group, k)),
		...operations.map(({ tenant, id }: MergeOperation) =>
			loadConflicts(overlay, idOf(tenant, id)),
		),
	]);
}

/** Reads tables, views and assets that a line shows, as far as the rules need. */
async function loadObjects(
	overlay: Overlay,
	group: Group,
	key: string,
): Promise<void> {
	const [tenant = "", line = ""] = key.split("\u0000");
	const at = { tenant, line };
	const levels = await loadChain(overlay, at, group.lines);
	await loadShown(overlay, at, levels, {
		prefix: idOf("object", ""),
		after: undefined,
		limit: group.slack,
		isWanted: () => true,
	});
}

async function loadConflicts(
	overlay: Overlay,
	operation: string,
): Promise<void> {
	await loadRecords(overlay, "mergeConflict", { filter: { o: operation } });
}

/** Reads all that a line holds: the files that its rows name become garbage. */
async function loadWholeLine(
	overlay: Overlay,
	group: Group,
	tenant: string,
	id: string,
): Promise<void> {
	const line = idOf(tenant, id);
	const filter = { k: below([line]) };
	const [entries, commits] = await Promise.all([
		overlay.rows.select("entry", { filter }),
		overlay.rows.select("commit", { filter }),
		loadRoots(overlay, line, group.slack),
		loadPassing(overlay, line),
	]);
	for (const commit of commits) putCommit(overlay, commit);
	await loadRemoved(overlay, line, entries);
}
