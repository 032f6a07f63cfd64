import { checkConfig } from "./checkConfig.ts";
import {
	type Config,
	flagName,
	OPTION_LIST,
	OPTIONS,
	type Option,
	type OptionName,
} from "./options.ts";

/** Where option values come from: `process.env`, and the flags of a command line by option name. */
export interface ConfigSources {
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly flags?: ReadonlyMap<OptionName, string> | undefined;
}

/** All that is wrong with a configuration, one sentence each. */
export class ConfigError extends Error {
	readonly mistakes: readonly string[];

	constructor(mistakes: readonly string[]) {
		super(mistakes.join("\n"));
		this.name = "ConfigError";
		this.mistakes = mistakes;
	}
}

/**
 * The typed configuration. A flag wins over the environment, which wins over
 * the default; an empty variable counts as unset. Values of secret options
 * never occur in a message.
 * @throws ConfigError with every mistake, not only the first
 */
export function readConfig(sources: ConfigSources): {
	config: Config;
	warnings: string[];
} {
	const mistakes: string[] = [];
	const values = OPTION_LIST.map(([name, option]) => {
		const given = givenText(sources, name);
		if (given === undefined) return [name, option.default];
		const parsed = option.kind.parse(given.text);
		if ("value" in parsed) return [name, parsed.value];
		const shown =
			option.secret === true ? "" : `, not ${JSON.stringify(given.text)}`;
		mistakes.push(`${given.source} ${parsed.refusal}${shown}`);
		return [name, option.default];
	});
	// The declaration maps each name to its value's type, which fromEntries cannot see.
	const config = Object.fromEntries(values) as Config;
	mistakes.push(...checkConfig(config));
	if (mistakes.length > 0) throw new ConfigError(mistakes);
	return { config, warnings: unknownNames(sources.env).map(unknownWarning) };
}

/**
 * A configuration from some of its values, for programs that embed the catalog.
 * @throws ConfigError
 */
export function completeConfig(given: Partial<Config>): Config {
	const mistakes = Object.keys(given)
		.filter((name) => !Object.hasOwn(OPTIONS, name))
		.map((name) => `there is no option ${JSON.stringify(name)}`);
	const values = OPTION_LIST.map(([name, option]) => {
		const value = given[name] ?? option.default;
		const refusal = valueRefusal(option, value);
		if (refusal !== undefined) mistakes.push(`${name} ${refusal}`);
		return [name, value];
	});
	const config = Object.fromEntries(values) as Config;
	if (mistakes.length === 0) mistakes.push(...checkConfig(config));
	if (mistakes.length > 0) throw new ConfigError(mistakes);
	return config;
}

/** Embedding programs need not be typed, so their values meet the bounds of the texts. */
function valueRefusal(
	option: Option<unknown>,
	value: unknown,
): string | undefined {
	if (Array.isArray(option.default)) {
		const isList =
			Array.isArray(value) && value.every((item) => typeof item === "string");
		return isList ? undefined : "must be a list of strings";
	}
	if (typeof value !== typeof option.default) {
		return `must be a ${typeof option.default}`;
	}
	const parsed = option.kind.parse(String(value));
	return "refusal" in parsed ? parsed.refusal : undefined;
}

function givenText(
	sources: ConfigSources,
	name: OptionName,
): { text: string; source: string } | undefined {
	const fromFlag = sources.flags?.get(name);
	if (fromFlag !== undefined)
		return { text: fromFlag, source: `--${flagName(name)}` };
	const { env } = OPTIONS[name];
	const text = sources.env[env]?.trim();
	return text === undefined || text === "" ? undefined : { text, source: env };
}

const KNOWN_NAMES: ReadonlySet<string> = new Set(
	OPTION_LIST.map(([, option]) => option.env),
);
/** What Kubernetes sets in every container when a service is called `pangolin` or `pangolin-…`. */
const INJECTED_BY_KUBERNETES =
	/^PANGOLIN_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

function unknownNames(env: ConfigSources["env"]): string[] {
	return Object.keys(env)
		.filter((name) => name.startsWith("PANGOLIN_"))
		.filter(
			(name) => !KNOWN_NAMES.has(name) && !INJECTED_BY_KUBERNETES.test(name),
		)
		.sort();
}

function unknownWarning(name: string): string {
	return `${name} is set, but Pangolin has no such option (see \`pangolin help serve\`)`;
}
