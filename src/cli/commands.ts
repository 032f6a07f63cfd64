import { backup } from "./backup.ts";
import { check } from "./check.ts";
import { type Command, UsageError } from "./command.ts";
import { exportCommand } from "./export.ts";
import { helpCommand } from "./help.ts";
import { importCommand } from "./import.ts";
import { restore } from "./restore.ts";
import { serve } from "./serve.ts";
import { version } from "./version.ts";

/** In the order of the overview. */
export function allCommands(): readonly Command[] {
	const commands = [
		serve,
		backup,
		restore,
		check,
		exportCommand,
		importCommand,
		version,
	];
	return [...commands, helpCommand(commands, commandNamed)];
}

/** @throws UsageError when there is none */
export function commandNamed(name: string): Command {
	const commands = allCommands();
	const found = commands.find((command) => command.name === name);
	if (found !== undefined) return found;
	throw new UsageError(
		`There is no command ${JSON.stringify(name)}; the commands are ${commands.map((command) => command.name).join(", ")}`,
	);
}
