import { optionsHelp } from "../config/describe.ts";
import { type Command, EXIT } from "./command.ts";

/** `others`: the commands besides this one; `named` finds any of them. */
export function helpCommand(
	others: readonly Command[],
	named: (name: string) => Command,
): Command {
	const help: Command = {
		name: "help",
		summary: "Explain a command and the options",
		usage: "[COMMAND]",
		description: "Shows the overview, or one command with its flags.",
		flags: [],
		configGroups: [],
		run: async ({ words: [name], terminal }) => {
			terminal.out.write(
				name === undefined
					? overview([...others, help])
					: commandHelp(named(name)),
			);
			return EXIT.ok;
		},
	};
	return help;
}

export function overview(commands: readonly Command[]): string {
	const lines = commands.map(
		(command) => `  ${command.name.padEnd(9)}${command.summary}`,
	);
	return `Pangolin, an Apache Iceberg REST catalog.

Usage: pangolin COMMAND [FLAGS]

${lines.join("\n")}

\`pangolin help COMMAND\` explains its flags and the configuration.
`;
}

export function commandHelp(command: Command): string {
	const sections = [
		`Usage: pangolin ${command.name} ${command.usage}`.trimEnd(),
		command.description,
	];
	if (command.flags.length > 0) sections.push(`Flags:\n${flagLines(command)}`);
	if (command.configGroups.length > 0) {
		sections.push(
			`Configuration: environment variables, and flags that win over them.\n\n${optionsHelp(command.configGroups)}`,
		);
	}
	return `${sections.join("\n\n")}\n`;
}

function flagLines(command: Command): string {
	return command.flags
		.map(
			({ name, value, doc }) =>
				`  --${name}${value === undefined ? "" : ` ${value}`}\n      ${doc}`,
		)
		.join("\n");
}
