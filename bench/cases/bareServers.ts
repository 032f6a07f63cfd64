import { asAdmin } from "../../test/support/postgres.ts";
import type { Bench } from "../context.ts";
import { requestText } from "../load/connection.ts";
import {
	measure,
	medianSample,
	ratioOf,
	type Sample,
	together,
} from "../measure.ts";
import { type Helper, startHelper } from "../processes.ts";

/** Changes the rows of so many commits, as the script of pgbench does. */
const FUNCTION = `
CREATE FUNCTION bare_commit(commits integer) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	of text;
BEGIN
	FOR i IN 1..commits LOOP
		of := (1 + floor(random() * (SELECT count(*) FROM bare_entries)))::text;
		UPDATE bare_lines SET head = head + 1, time_micros = time_micros + 1 WHERE id = 1;
		INSERT INTO bare_past SELECT key, number, head, location FROM bare_entries, bare_lines WHERE key = of;
		UPDATE bare_entries SET number = head FROM bare_lines WHERE key = of;
		INSERT INTO bare_commits SELECT head, gen_random_uuid(), time_micros, repeat('k', 100), 'message' FROM bare_lines;
	END LOOP;
END $fn$`;

/** What further processes of the runtime cost on this machine, whatever they do. */
export async function bareServersCase(
	bench: Bench,
	databaseUrl: string,
	{ counts, clients }: { counts: readonly number[]; clients: number },
): Promise<void> {
	const { port, pathname } = new URL(databaseUrl);
	await asAdmin(Number(port), FUNCTION, pathname.slice(1));
	const servers: (Helper & { readonly port: number })[] = [];
	for (let i = 0; i < Math.max(...counts); i++) {
		const helper = startHelper("./bare/rowsServer.ts", undefined);
		servers.push({
			...helper,
			...(await helper.ask<{ port: number }>({ databaseUrl })),
		});
	}
	const sampleOf = (some: typeof servers) =>
		measure(bench.load, together(some), {
			kind: "repeat",
			port: some[0]?.port ?? 0,
			otherPorts: some.slice(1).map((each) => each.port),
			clients,
			milliseconds: bench.sizes.milliseconds,
			requests: [requestText("POST", "/")],
			status: 200,
		});
	for (const server of servers) await sampleOf([server]);
	const samples = counts.map((): Sample[] => []);
	for (let round = 0; round < bench.sizes.rounds; round++)
		for (const [index, count] of counts.entries())
			samples[index]?.push(await sampleOf(servers.slice(0, count)));
	for (const server of servers) await server.stop();
	const rates = samples.map((some) => some.map((each) => each.perSecond));
	for (const [index, count] of counts.entries()) {
		const ofOne = ratioOf(rates[index] ?? [], rates[0] ?? []);
		bench.report({
			name: `bare servers that change such rows, ${count} (${clients} clients)`,
			sample: medianSample(samples[index] ?? []),
			figure: {
				value: ofOne.median,
				unit: `x one [${ofOne.low.toFixed(2)}..${ofOne.high.toFixed(2)}]`,
			},
		});
	}
}
