import type { CatalogId, CommitId, TenantId } from "../../model/ids.ts";
import { compareUtf8 } from "../../model/names.ts";
import type { CommitReader, DropReader, Page } from "../contract.ts";
import type { Commit, DroppedAsset } from "../records.ts";
import type { State } from "../rules/state.ts";
import { commitAt, entryId, idOf, linesOfCatalog } from "../rules/state.ts";

export function commitReader(state: State): CommitReader {
	const commitsOf = (tenant: string, line: string): readonly Commit[] =>
		state.contents.get(idOf(tenant, line))?.commits ?? [];
	return {
		commits: async (tenant, line, page) =>
			newestFirst(commitsOf(tenant, line), page),
		async commit(tenant, line, number) {
			const content = state.contents.get(idOf(tenant, line));
			return content && commitAt(content, number);
		},
		byId: async (tenant, catalog, id) => byId(state, tenant, catalog, id),
		numberAt: async (tenant, line, timeMicros) =>
			commitsOf(tenant, line).findLast(
				(commit) => commit.timeMicros <= timeMicros,
			)?.number ?? 0,
		newestMerge: async (tenant, line, atOrBelow) =>
			state.contents
				.get(idOf(tenant, line))
				?.merges.findLast(({ number }) => number <= atOrBelow),
		async ofKey(tenant, line, key, page) {
			const content = state.contents.get(idOf(tenant, line));
			const rows = content?.histories.get(entryId(key))?.rows ?? [];
			const commits = rows.flatMap(
				({ number }) => (content && commitAt(content, number)) ?? [],
			);
			return newestFirst(commits, page);
		},
	};
}

export function dropReader(state: State): DropReader {
	return {
		async dropped(tenant, line, { after, limit }) {
			const content = state.contents.get(idOf(tenant, line));
			return [...(content?.dropped.values() ?? [])]
				.filter((each) => after === undefined || newerFirst(after, each) < 0)
				.sort(newerFirst)
				.slice(0, limit);
		},
	};
}

function newerFirst(a: DropPosition, b: DropPosition): number {
	return b.number - a.number || compareUtf8(b.asset, a.asset);
}

type DropPosition = Pick<DroppedAsset, "number" | "asset">;

function newestFirst(
	commits: readonly Commit[],
	{ after, limit }: Page<number>,
): Commit[] {
	return commits
		.filter(({ number }) => after === undefined || number < after)
		.reverse()
		.slice(0, limit);
}

function byId(
	state: State,
	tenant: TenantId,
	catalog: CatalogId,
	id: CommitId,
): Commit | undefined {
	for (const line of linesOfCatalog(state, tenant, catalog)) {
		const content = state.contents.get(idOf(tenant, line.id));
		const found = content?.commits.find((commit) => commit.id === id);
		if (found !== undefined) return found;
	}
	return undefined;
}
