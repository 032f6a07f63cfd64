import type { Config, Group, OptionName } from "../config/options.ts";

/** One command of `pangolin`: a file of its own, listed in commands.ts. */
export interface Command {
	readonly name: string;
	/** One line for the overview. */
	readonly summary: string;
	/** What `pangolin help NAME` shows above the options; without the command's name. */
	readonly usage: string;
	readonly description: string;
	/** Flags besides those of the configuration. */
	readonly flags: readonly CommandFlag[];
	/** The configuration's options of these groups are its flags too. */
	readonly configGroups: readonly Group[];
	/** Resolves to the exit code. Throws what failures.ts turns into one line. */
	run(invocation: Invocation): Promise<number>;
}

export interface CommandFlag {
	readonly name: string;
	/** What stands after the flag in the help; absent: it takes no value. */
	readonly value?: string;
	readonly doc: string;
}

export interface Invocation {
	/** Flags of the configuration, by option. */
	readonly configFlags: ReadonlyMap<OptionName, string>;
	/** The command's own flags; those without a value hold "". */
	readonly flags: ReadonlyMap<string, string>;
	readonly words: readonly string[];
	readonly terminal: Terminal;
	/** Reads the configuration and prints its warnings. @throws ConfigError */
	config(): Config;
}

/** Where a command prints: results on `out`, everything else on `err`. */
export interface Terminal {
	readonly out: Output;
	readonly err: Output;
}

export interface Output {
	write(text: string): unknown;
	readonly isTTY?: boolean | undefined;
	readonly columns?: number | undefined;
}

/** Exit codes; part of the interface (docs/guides/operations.md). */
export const EXIT = {
	ok: 0,
	/** A start-up that failed, a check that found damage, a stop that took too long. */
	failure: 1,
	/** A command line or configuration that cannot be used. */
	usage: 2,
	/** The disk can no longer be trusted. */
	fatalIo: 70,
} as const;

/** A command line that cannot be understood. */
export class UsageError extends Error {}
