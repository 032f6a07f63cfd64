import type { Keeping } from "../offline.ts";
import { type Command, EXIT } from "./command.ts";
import { type Stages, showStages } from "./progress.ts";

/** Files read at once. */
const READS = 16;
/** More problems than these are only counted. */
const SHOWN = 100;

export const check: Command = {
	name: "check",
	summary: "Look the store and its pointers over",
	usage: "[FLAGS]",
	description: `Checks that the store of the configuration is intact (SQLite: the file and its
schema; PostgreSQL and MongoDB: the schema or the indexes, and what Pangolin
keeps there twice), that the rules of its rows hold, and that every table and
view that a branch or tag shows points at a metadata file that can be read; each
only when there was nothing wrong before. Writes nothing and may run beside
servers. Exits with 1 when something is wrong.`,
	flags: [],
	configGroups: ["Storage"],
	run: async ({ config, terminal }) => {
		const { openKeeping } = await import("../offline.ts");
		const keeping = await openKeeping(config());
		const stages = showStages(terminal.err);
		try {
			const found = await problemsOf(keeping, stages);
			for (const problem of found.slice(0, SHOWN))
				terminal.out.write(`${problem}\n`);
			terminal.out.write(
				found.length === 0
					? `${keeping.store} is sound\n`
					: `${keeping.store}: ${found.length} problems\n`,
			);
			return found.length === 0 ? EXIT.ok : EXIT.failure;
		} finally {
			stages.end();
			await keeping.close();
		}
	},
};

async function problemsOf(
	keeping: Keeping,
	stages: Stages,
): Promise<readonly string[]> {
	const found = await keeping.problems(stages.update);
	if (found.length > 0) return found;
	const unreadable = await unreadableFiles(keeping, stages, () => true);
	if (unreadable.size === 0) return [];
	// A file may go when its table moves on meanwhile: what is named still is a problem.
	const still = await unreadableFiles(keeping, stages, (location) =>
		unreadable.has(location),
	);
	return [...still.values()].sort();
}

/** What is wrong with the metadata files that are looked at, by location. */
async function unreadableFiles(
	keeping: Keeping,
	stages: Stages,
	isLookedAt: (metadataLocation: string) => boolean,
): Promise<Map<string, string>> {
	const pointers = keeping.pointers(stages.update);
	const found = new Map<string, string>();
	const reader = async () => {
		for await (const { catalog, key, metadataLocation } of pointers) {
			if (!isLookedAt(metadataLocation)) continue;
			const problem = await keeping.metadataProblem(metadataLocation);
			if (problem === undefined) continue;
			const name = [catalog, ...key.parent.split("\u001f"), key.name].join(".");
			found.set(metadataLocation, `${name}: ${problem}`);
		}
	};
	await Promise.all(Array.from({ length: READS }, reader));
	return found;
}
