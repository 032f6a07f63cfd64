import type { JobKind, JobPayloads } from "../catalog/jobs.ts";
import { PangolinError } from "../model/errors.ts";
import { clean } from "./clean.ts";
import { collectLines } from "./collectLines.ts";
import type { JobDeps, JobResult } from "./deps.ts";
import { expireBranch } from "./expireBranch.ts";
import type { Lease } from "./lease.ts";
import { purge } from "./purge.ts";
import { removeMetadata } from "./removeMetadata.ts";

type Kinds = {
	readonly [Kind in JobKind]: (
		deps: JobDeps,
		lease: Lease,
		payload: JobPayloads[Kind],
	) => Promise<JobResult>;
};

const KINDS: Kinds = {
	purge,
	"remove-metadata": removeMetadata,
	"collect-lines": collectLines,
	clean,
	"expire-branch": expireBranch,
};

/** Does one job. @throws what its kind throws; LeaseLost */
export async function runJob(deps: JobDeps, lease: Lease): Promise<JobResult> {
	const { kind, payload } = lease.job;
	// Payloads were written by this server's own use cases.
	const read = JSON.parse(payload);
	switch (kind) {
		case "purge":
			return KINDS.purge(deps, lease, read);
		case "remove-metadata":
			return KINDS["remove-metadata"](deps, lease, read);
		case "collect-lines":
			return KINDS["collect-lines"](deps, lease, read);
		case "clean":
			return KINDS.clean(deps, lease, read);
		case "expire-branch":
			return KINDS["expire-branch"](deps, lease, read);
		default:
			throw new PangolinError(
				"unsupported",
				`This version does not know jobs of the kind ${JSON.stringify(kind)}`,
			);
	}
}
