import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, EXIT, UsageError } from "./command.ts";
import { showStages } from "./progress.ts";

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
		{
			name: "sign-key",
			value: "PATH",
			doc: "An Ed25519 private key (PEM) to sign the file with.",
		},
	],
	configGroups: ["Storage"],
	run: async ({ flags, config, terminal }) => {
		const to = flags.get("to");
		if (to === undefined || to === "")
			throw new UsageError("export needs --to PATH");
		const keyPath = flags.get("sign-key");
		const signKey =
			keyPath === undefined ? undefined : await readFile(keyPath, "utf8");
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
