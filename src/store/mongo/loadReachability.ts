import { idOf } from "../rules/state.ts";
import { loadRoots } from "./loadHistory.ts";
import { loadChain, loadKeys } from "./loadLines.ts";
import type { Overlay } from "./overlay.ts";
import { loadLine, putEntry } from "./overlay.ts";

/**
 * Reads every row of an asset, and for each ref that may show it what its line
 * shows under the keys that the asset ever had: the refs of the lines that wrote
 * it, and of all that descend from these.
 */
export async function loadReachability(
	overlay: Overlay,
	tenant: string,
	asset: string,
): Promise<void> {
	const filter = { a: idOf(tenant, asset) };
	const rows = await overlay.rows.select("entry", { filter });
	const ids = new Set(
		rows.map(({ k }) => k.split("\u0000").slice(2, 5).join("\u0000")),
	);
	const writers = new Set(rows.map((row) => row.l ?? ""));
	await loadDescendants(overlay, writers);
	for (const row of rows) putEntry(overlay, row);
	const refs = [...overlay.state.refs.values()].map((row) => row.value);
	await Promise.all(
		refs.map(async ({ line, number }) => {
			const at = { tenant, line, number: number ?? undefined };
			await loadKeys(overlay, await loadChain(overlay, at), ids);
		}),
	);
}

/** Reads lines and those that descend from them, with their refs. */
async function loadDescendants(
	overlay: Overlay,
	keys: ReadonlySet<string>,
): Promise<void> {
	const seen = new Set<string>();
	const visit = async (key: string): Promise<void> => {
		if (seen.has(key)) return;
		seen.add(key);
		const [tenant = "", id = ""] = key.split("\u0000");
		const [, forks] = await Promise.all([
			loadLine(overlay, tenant, id),
			loadRoots(overlay, key),
		]);
		await Promise.all(forks.map((fork) => visit(idOf(fork.tenant, fork.id))));
	};
	await Promise.all([...keys].map(visit));
}
