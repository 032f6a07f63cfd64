import { drive, expectStatus, runClients } from "./closedLoop.ts";
import {
	runAppend,
	runGrow,
	runHotAsserting,
	runHotBlind,
} from "./commitJobs.ts";
import { requestText } from "./connection.ts";
import type { Job, Outcome } from "./jobs.ts";
import { createTableBody } from "./tables.ts";

/** The load generator's process: one job per message, one outcome per job. */
process.on("message", (job: Job) => {
	run(job).then(
		(outcome) => process.send?.({ outcome }),
		(error: Error) => process.send?.({ error: error.stack ?? error.message }),
	);
});
process.on("disconnect", () => process.exit(0));

function run(job: Job): Promise<Outcome> {
	switch (job.kind) {
		case "repeat":
			return runRepeat(job);
		case "each":
			return runEach(job);
		case "create":
			return runCreate(job);
		case "append":
			return runAppend(job);
		case "hot-asserting":
			return runHotAsserting(job);
		case "hot-blind":
			return runHotBlind(job);
		case "grow":
			return runGrow(job);
	}
}

function runRepeat(job: Extract<Job, { kind: "repeat" }>): Promise<Outcome> {
	const end = performance.now() + job.milliseconds;
	const check = expectStatus(job.status);
	const ports = [job.port, ...(job.otherPorts ?? [])];
	return runClients(ports, job.clients, (connection, index, tally) => {
		let at = Math.floor((index * job.requests.length) / job.clients);
		const next = () => {
			if (performance.now() >= end) return undefined;
			at = at + 1 < job.requests.length ? at + 1 : 0;
			return job.requests[at];
		};
		return drive(connection, tally, next, check);
	});
}

function runEach(job: Extract<Job, { kind: "each" }>): Promise<Outcome> {
	const check = expectStatus(job.status);
	let at = 0;
	const next = () => job.requests[at++];
	return runClients(job.port, job.clients, (connection, _index, tally) =>
		drive(connection, tally, next, check),
	);
}

let createdTables = 0;

function runCreate(job: Extract<Job, { kind: "create" }>): Promise<Outcome> {
	const end = performance.now() + job.milliseconds;
	const check = expectStatus(200);
	return runClients(job.port, job.clients, (connection, _index, tally) => {
		const next = () => {
			if (performance.now() >= end) return undefined;
			createdTables += 1;
			const name = `made_${process.pid}_${createdTables}`;
			return requestText("POST", job.tablesPath, createTableBody(name));
		};
		return drive(connection, tally, next, check);
	});
}
