/** What a server with `LOG_FORMAT=json` logged as an error: failed background work and answers of 500. */
export function errorLines(output: string): string[] {
	return output
		.split("\n")
		.filter((line) => /^\{"level":"(error|fatal)"/.test(line));
}
