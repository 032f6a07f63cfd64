import { ConfigError } from "../config/readConfig.ts";
import { PangolinError } from "../model/errors.ts";
import { EXIT, UsageError } from "./command.ts";

/** What a command that failed prints, and its exit code. */
export function failureOf(error: unknown): { text: string; exitCode: number } {
	if (error instanceof ConfigError) {
		return { text: error.mistakes.map(line).join(""), exitCode: EXIT.usage };
	}
	if (error instanceof UsageError) {
		return {
			text: line(`${error.message} (\`pangolin help\` explains)`),
			exitCode: EXIT.usage,
		};
	}
	if (!(error instanceof Error))
		return { text: line(String(error)), exitCode: EXIT.failure };
	const text = isBug(error)
		? `${line("this is a bug")}${error.stack ?? error.message}\n`
		: line(sentence(error));
	return { text, exitCode: EXIT.failure };
}

function line(text: string): string {
	return `pangolin: ${oneLine(text)}\n`;
}

/** Errors that the machine's state explains carry a code; those of the language do not. */
function isBug(error: Error): boolean {
	if (error instanceof PangolinError) return error.code === "internal";
	return (
		error instanceof TypeError ||
		error instanceof ReferenceError ||
		error instanceof RangeError ||
		error.message.startsWith("assertion failed: ")
	);
}

const SYSTEM_ERRORS: ReadonlyMap<
	unknown,
	(error: NodeJS.ErrnoException) => string
> = new Map([
	[
		"EADDRINUSE",
		(error) =>
			`${addressOf(error)} is in use by another process; set PORT to a free one`,
	],
	[
		"EADDRNOTAVAIL",
		(error) =>
			`${addressOf(error)} is not an address of this machine (PANGOLIN_BIND_ADDRESS)`,
	],
	["ENOTFOUND", (error) => `${error.message} (PANGOLIN_BIND_ADDRESS)`],
	["EACCES", (error) => `${placeOf(error)}: permission denied`],
	["EPERM", (error) => `${placeOf(error)}: operation not permitted`],
	["EROFS", (error) => `${placeOf(error)}: the file system is read-only`],
	["ENOSPC", (error) => `${placeOf(error)}: the disk is full`],
	["EDQUOT", (error) => `${placeOf(error)}: the quota is used up`],
	["ENOENT", (error) => `${placeOf(error)}: no such file or folder`],
	[
		"ENOTDIR",
		(error) => `${placeOf(error)}: a part of the path is not a folder`,
	],
	["EEXIST", (error) => `${placeOf(error)}: exists and is not a folder`],
	["EISDIR", (error) => `${placeOf(error)}: is a folder`],
]);

function sentence(error: NodeJS.ErrnoException): string {
	return SYSTEM_ERRORS.get(error.code)?.(error) ?? error.message;
}

function placeOf(error: NodeJS.ErrnoException): string {
	return error.path ?? addressOf(error);
}

function addressOf(error: NodeJS.ErrnoException): string {
	if ("address" in error && "port" in error)
		return `${error.address}:${error.port}`;
	return "address" in error
		? String(error.address)
		: (error.syscall ?? error.message);
}

function oneLine(text: string): string {
	return text
		.split("\n")
		.map((line) => line.trim())
		.join(" ");
}
