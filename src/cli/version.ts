import manifest from "../../package.json" with { type: "json" };
import { type Command, EXIT } from "./command.ts";

export const version: Command = {
	name: "version",
	summary: "Print the version",
	usage: "",
	description: "Prints the versions of Pangolin, Node and SQLite.",
	flags: [],
	configGroups: [],
	run: async ({ terminal }) => {
		terminal.out.write(
			`pangolin ${manifest.version} (node ${process.versions.node}, sqlite ${process.versions.sqlite})\n`,
		);
		return EXIT.ok;
	},
};
