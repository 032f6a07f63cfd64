import type { Offline } from "../offline.ts";
import { type Command, EXIT, type Output } from "./command.ts";
import { showProgress } from "./progress.ts";

/** Files read at once. */
const READS = 16;
/** More problems than these are only counted. */
const SHOWN = 100;

export const check: Command = {
	name: "check",
	summary: "Look the database and its pointers over",
	usage: "[FLAGS]",
	description: `Checks that the database file is intact, that the rules of its lines hold, and
that every table and view points at a metadata file that can be read. Writes
nothing and may run beside a server. Exits with 1 when something is wrong.`,
	flags: [],
	configGroups: ["Storage"],
	run: async ({ config, terminal }) => {
		const { openOffline } = await import("../offline.ts");
		const offline = await openOffline(config());
		try {
			const found = await problemsOf(offline, terminal.err);
			for (const problem of found.slice(0, SHOWN))
				terminal.out.write(`${problem}\n`);
			terminal.out.write(
				found.length === 0
					? `${offline.file} is sound\n`
					: `${offline.file}: ${found.length} problems\n`,
			);
			return found.length === 0 ? EXIT.ok : EXIT.failure;
		} finally {
			await offline.close();
		}
	},
};

async function problemsOf(offline: Offline, err: Output): Promise<string[]> {
	const opened = offline.check(offline.file);
	try {
		const rules = showProgress(err, "database");
		const found = opened.problems(rules.update);
		rules.end();
		// A damaged file may give any pointer; what it says about files is worth nothing.
		return found.length > 0
			? found
			: await pointerProblems(offline, opened, err);
	} finally {
		opened.close();
	}
}

async function pointerProblems(
	offline: Offline,
	opened: ReturnType<Offline["check"]>,
	err: Output,
): Promise<string[]> {
	const total = opened.pointerCount();
	const progress = showProgress(err, "metadata files");
	const pointers = opened.pointers();
	const found: string[] = [];
	let done = 0;
	const reader = async () => {
		for (const pointer of pointers) {
			const problem = await offline.metadataProblem(pointer.metadataLocation);
			if (problem !== undefined) found.push(`${nameOf(pointer)}: ${problem}`);
			progress.update(++done, total);
		}
	};
	await Promise.all(Array.from({ length: READS }, reader));
	progress.update(total, total);
	progress.end();
	return found.sort();
}

function nameOf({
	catalog,
	key,
}: {
	catalog: string;
	key: { parent: string; name: string };
}): string {
	return [catalog, ...key.parent.split("\u001f"), key.name].join(".");
}
