import { resolve } from "node:path";
import { type Command, EXIT, UsageError } from "./command.ts";
import { showStages } from "./progress.ts";
import { keyOf, VERIFY_KEY, warnUnchecked } from "./signing.ts";

export const importCommand: Command = {
	name: "import",
	summary: "Fill a store from the file of an export",
	usage: "--from PATH [--verify-key PATH]",
	description: `Takes the file of \`pangolin export\` into the store of the configuration. The file
is read through first; one that is damaged, not complete, of a newer format or,
with --verify-key, not signed by that key is refused. A whole store goes into an
empty one, before a server has been started on it; one tenant goes beside
others. All of it comes in one step, or nothing: an import that is interrupted
leaves nothing behind and can be run again. A SQLite file must not be served
meanwhile; a database may be.`,
	flags: [
		{ name: "from", value: "PATH", doc: "The file of an export." },
		VERIFY_KEY,
	],
	configGroups: ["Storage"],
	run: async ({ flags, config, terminal }) => {
		const from = flags.get("from");
		if (from === undefined || from === "")
			throw new UsageError("import needs --from PATH");
		const verifyKey = await keyOf(flags, VERIFY_KEY);
		const { openMoving } = await import("../offline.ts");
		const moving = await openMoving(config());
		const source = resolve(from);
		const stages = showStages(terminal.err);
		try {
			const imported = await moving.importFrom(source, {
				verifyKey,
				onCheck: (done, total) => stages.update("checking", done, total),
				onLoad: (done, total) => stages.update("rows", done, total),
			});
			stages.end();
			warnUnchecked(terminal.err, imported.signature);
			const what =
				imported.tenant === null ? "all" : `tenant ${imported.tenant}`;
			terminal.out.write(
				`${imported.rows} rows (${what}, as of ${imported.time}) imported into ${moving.store}\n`,
			);
			return EXIT.ok;
		} finally {
			stages.end();
			await moving.close();
		}
	},
};
