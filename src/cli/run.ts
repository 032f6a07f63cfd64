import { configFromProcess } from "../config/environment.ts";
import { parseArguments } from "./arguments.ts";
import { EXIT, type Terminal, UsageError } from "./command.ts";
import { allCommands, commandNamed } from "./commands.ts";
import { failureOf } from "./failures.ts";
import { commandHelp, overview } from "./help.ts";

const ALIASES: ReadonlyMap<string, string> = new Map([
	["--help", "help"],
	["-h", "help"],
	["--version", "version"],
	["-v", "version"],
]);

/** Runs a command line and resolves to the exit code. Never throws. */
export async function runCommandLine(
	argv: readonly string[],
	terminal: Terminal,
): Promise<number> {
	try {
		const [word, ...rest] = argv;
		if (word === undefined) {
			terminal.err.write(overview(allCommands()));
			return EXIT.usage;
		}
		const command = commandNamed(ALIASES.get(word) ?? word);
		const parsed = parseArguments(command, rest);
		if (parsed.wantsHelp) {
			terminal.out.write(commandHelp(command));
			return EXIT.ok;
		}
		if (parsed.words.length > (command.name === "help" ? 1 : 0)) {
			throw new UsageError(
				`Unexpected ${JSON.stringify(parsed.words.at(-1))} after \`pangolin ${command.name}\``,
			);
		}
		const config = () => {
			const read = configFromProcess(parsed.configFlags);
			for (const warning of read.warnings)
				terminal.err.write(`pangolin: warning: ${warning}\n`);
			return read.config;
		};
		return await command.run({ ...parsed, terminal, config });
	} catch (error) {
		const failure = failureOf(error);
		terminal.err.write(failure.text);
		return failure.exitCode;
	}
}
