import { type ParseArgsConfig, parseArgs } from "node:util";
import {
	flagName,
	type Group,
	OPTION_LIST,
	type OptionName,
} from "../config/options.ts";
import { type Command, UsageError } from "./command.ts";

export interface Arguments {
	readonly configFlags: ReadonlyMap<OptionName, string>;
	readonly flags: ReadonlyMap<string, string>;
	readonly words: readonly string[];
	readonly wantsHelp: boolean;
}

/**
 * The flags of a command. Options of the configuration that are off by default
 * stand alone (`--no-auth`); all others take a value (`--port 80`, `--port=80`).
 * @throws UsageError
 */
export function parseArguments(
	command: Command,
	argv: readonly string[],
): Arguments {
	const configNames = optionsWithFlag(command.configGroups);
	const { values, positionals } = parseStrictly(argv, [
		["help", false],
		...command.flags.map(
			(flag) => [flag.name, flag.value !== undefined] as const,
		),
		...configNames.map(([, flag, takesValue]) => [flag, takesValue] as const),
	]);
	const configFlags = configNames.flatMap(
		([name, flag]): [OptionName, string][] => {
			const value = values.get(flag);
			return value === undefined
				? []
				: [[name, value === true ? "true" : value]];
		},
	);
	const flags = command.flags.flatMap((flag): [string, string][] => {
		const value = values.get(flag.name);
		return value === undefined
			? []
			: [[flag.name, value === true ? "" : value]];
	});
	return {
		configFlags: new Map(configFlags),
		flags: new Map(flags),
		words: positionals,
		wantsHelp: values.has("help"),
	};
}

function optionsWithFlag(
	groups: readonly Group[],
): (readonly [OptionName, string, boolean])[] {
	return OPTION_LIST.filter(
		([, option]) => option.secret !== true && groups.includes(option.group),
	).map(
		([name, option]) =>
			[name, flagName(name), option.default !== false] as const,
	);
}

function parseStrictly(
	argv: readonly string[],
	flags: readonly (readonly [string, boolean])[],
): { values: Map<string, string | true>; positionals: string[] } {
	const options: NonNullable<ParseArgsConfig["options"]> = Object.fromEntries(
		flags.map(
			([name, takesValue]) =>
				[name, { type: takesValue ? "string" : "boolean" }] as const,
		),
	);
	try {
		const parsed = parseArgs({
			args: [...argv],
			options,
			allowPositionals: true,
		});
		const values = Object.entries(parsed.values).flatMap(
			([name, value]): [string, string | true][] =>
				typeof value === "string" || value === true ? [[name, value]] : [],
		);
		return { values: new Map(values), positionals: parsed.positionals };
	} catch (error) {
		if (isArgumentError(error))
			throw new UsageError(firstSentence(error.message));
		throw error;
	}
}

function isArgumentError(error: unknown): error is Error {
	return (
		error instanceof Error &&
		"code" in error &&
		typeof error.code === "string" &&
		error.code.startsWith("ERR_PARSE_ARGS_")
	);
}

/** Node appends advice for positional arguments that begin with a dash. */
function firstSentence(message: string): string {
	return message.split(". ")[0]?.split("\n")[0] ?? message;
}
