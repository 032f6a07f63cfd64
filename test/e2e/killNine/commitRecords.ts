import { DEFAULT_TENANT_ID } from "../../../src/model/ids.ts";
import type { Commit } from "../../../src/store/records.ts";
import type { Site } from "./mortalServers.ts";

const PAGE = 500;

/**
 * How many commits of the default catalog's main branch touched each name, by
 * the store's own records. The server must have ended.
 * @throws when the numbers of the commits are not dense from 1
 */
export async function commitsPerName(
	site: Site,
): Promise<ReadonlyMap<string, number>> {
	const store = await site.openStore();
	try {
		const located = await store.refs.locate(
			DEFAULT_TENANT_ID,
			"default",
			"main",
		);
		if (located === undefined) throw new Error("the default catalog is gone");
		const commits: Commit[] = [];
		for (let full = true; full; ) {
			const page = await store.commits.commits(
				DEFAULT_TENANT_ID,
				located.ref.line,
				{ limit: PAGE, after: commits.at(-1)?.number },
			);
			commits.push(...page);
			full = page.length === PAGE;
		}
		return countNames(commits);
	} finally {
		await store.close();
	}
}

function countNames(commits: readonly Commit[]): ReadonlyMap<string, number> {
	const counts = new Map<string, number>();
	for (const [index, { number, keys }] of commits.entries()) {
		if (number !== commits.length - index)
			throw new Error(
				`commit ${number} where ${commits.length - index} belongs`,
			);
		for (const { name } of keys) counts.set(name, (counts.get(name) ?? 0) + 1);
	}
	return counts;
}
