import { resolve } from "node:path";
import { type Command, EXIT, UsageError } from "./command.ts";
import { showStages } from "./progress.ts";
import { keyOf, SIGN_KEY } from "./signing.ts";

export const exportCommand: Command = {
	name: "export",
	summary:
		"Write all that the store holds into one file, while the server runs",
	usage: "--to PATH [--tenant ID] [--sign-key PATH]",
	description: `Writes the store of the configuration, or one tenant of it, as of one moment into
one file, from which \`pangolin import\` fills another store: tenants,
warehouses, catalogs, every branch, tag and commit with its id, jobs and the
rest. The files of tables and views are not in it: they stay where they are. The
settings of warehouses are in it, passwords and keys too: only its owner may
read the new file.`,
	flags: [
		{ name: "to", value: "PATH", doc: "The new file." },
		{ name: "tenant", value: "ID", doc: "Only this tenant." },
		SIGN_KEY,
	],
	configGroups: ["Storage"],
	run: async ({ flags, config, terminal }) => {
		const to = flags.get("to");
		if (to === undefined || to === "")
			throw new UsageError("export needs --to PATH");
		const signKey = await keyOf(flags, SIGN_KEY);
		const { openMoving } = await import("../offline.ts");
		const moving = await openMoving(config());
		const target = resolve(to);
		const stages = showStages(terminal.err);
		try {
			const { rows } = await moving.exportTo(target, {
				tenant: flags.get("tenant"),
				signKey,
				onProgress: (done, total) => stages.update("rows", done, total),
			});
			stages.end();
			const how = signKey === undefined ? "not signed" : "signed";
			terminal.out.write(
				`${rows} rows of ${moving.store} written to ${target} (${how})\n`,
			);
			return EXIT.ok;
		} finally {
			stages.end();
			await moving.close();
		}
	},
};
