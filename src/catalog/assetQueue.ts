import type { AssetId } from "../model/ids.ts";

/**
 * Lets the commits of this server to one table or view run one after the
 * other, in the order in which they came: each sees the one before it, and none
 * is refused because of the others. Correctness does not rest on it: the store
 * compares versions.
 */
export interface AssetQueue {
	/**
	 * Runs `work` when everybody who came earlier for any of the assets is done.
	 * `waited`: others were before it, what was read earlier is probably old.
	 */
	run<Result>(
		assets: readonly AssetId[],
		work: (waited: boolean) => Promise<Result>,
	): Promise<Result>;
	/** How many assets are in use; for tests and metrics. */
	size(): number;
}

export function openAssetQueue(): AssetQueue {
	const tails = new Map<AssetId, Promise<void>>();

	/** All places are taken in one go, so two callers can never wait for each other. */
	async function run<Result>(
		assets: readonly AssetId[],
		work: (waited: boolean) => Promise<Result>,
	): Promise<Result> {
		const before: Promise<void>[] = [];
		const { promise, resolve } = Promise.withResolvers<void>();
		const distinct = new Set(assets);
		for (const asset of distinct) {
			const tail = tails.get(asset);
			if (tail !== undefined) before.push(tail);
			tails.set(asset, promise);
		}
		if (before.length > 0) await Promise.all(before);
		try {
			return await work(before.length > 0);
		} finally {
			for (const asset of distinct) {
				if (tails.get(asset) === promise) tails.delete(asset);
			}
			resolve();
		}
	}

	return { run, size: () => tails.size };
}
