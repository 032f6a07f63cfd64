import type {
	ConflictDecision,
	ExpectedResolution,
	ManualValue,
	MergeRequest,
	RebaseRequest,
} from "../../../catalog/refs/mergeRequests.ts";
import { PangolinError } from "../../../model/errors.ts";
import { fieldsBody, NULLABLE_TEXT, TEXT } from "./bodies.ts";
import type { InCatalog } from "./refBodies.ts";

type Text = string | null | undefined;
type Strategy = ConflictDecision["strategy"];

interface ResolutionJson {
	readonly strategy: string;
	readonly resolved_value?: ManualValue | null;
}

interface ExpectedJson extends ResolutionJson {
	readonly asset: string;
}

interface DecisionsJson {
	readonly catalog?: Text;
	readonly strategy?: Text;
	readonly resolutions?: readonly ExpectedJson[] | null;
	readonly message?: Text;
}

interface MergeJson extends DecisionsJson {
	readonly source_branch: string;
	readonly target_branch?: Text;
	readonly dry_run?: boolean | null;
	readonly squash?: boolean | null;
	readonly fast_forward?: "only" | null;
}

interface RebaseJson extends DecisionsJson {
	readonly onto?: Text;
	/** The original's name for `onto`. */
	readonly from_branch?: Text;
	readonly dry_run?: boolean | null;
}

const FLAG = { type: ["boolean", "null"] };
const PATH = { type: ["array", "null"], items: TEXT, maxItems: 33 };
const VALUE = {
	type: ["object", "null"],
	properties: {
		keep: {
			type: "array",
			maxItems: 1000,
			items: {
				type: "object",
				properties: {
					side: { enum: ["source", "target"] },
					asset_id: NULLABLE_TEXT,
					as: PATH,
				},
				required: ["side"],
			},
		},
	},
	required: ["keep"],
};
const DECISIONS = {
	catalog: NULLABLE_TEXT,
	strategy: NULLABLE_TEXT,
	resolutions: {
		type: ["array", "null"],
		maxItems: 1000,
		items: {
			type: "object",
			properties: { asset: TEXT, strategy: TEXT, resolved_value: VALUE },
			required: ["asset", "strategy"],
		},
	},
	message: NULLABLE_TEXT,
};

export const mergeBody = fieldsBody<InCatalog<MergeRequest>, MergeJson>(
	{
		...DECISIONS,
		source_branch: TEXT,
		target_branch: NULLABLE_TEXT,
		dry_run: FLAG,
		squash: FLAG,
		fast_forward: { enum: ["only", null] },
	},
	{
		required: ["source_branch"],
		decode: (json) => ({
			catalog: json.catalog,
			request: {
				source: json.source_branch,
				target: json.target_branch ?? "main",
				...decisionsOf(json),
				dryRun: json.dry_run ?? undefined,
				squash: json.squash ?? undefined,
				fastForward: json.fast_forward ?? undefined,
			},
		}),
	},
);

/** The branch is named by the path. */
export const rebaseBody = fieldsBody<
	InCatalog<Omit<RebaseRequest, "name">>,
	RebaseJson
>(
	{
		...DECISIONS,
		onto: NULLABLE_TEXT,
		from_branch: NULLABLE_TEXT,
		dry_run: FLAG,
	},
	{
		optional: true,
		decode: (json) => ({
			catalog: json.catalog,
			request: {
				onto: json.onto ?? json.from_branch ?? undefined,
				dryRun: json.dry_run ?? undefined,
				...decisionsOf(json),
			},
		}),
	},
);

interface ResolveJson extends Partial<ResolutionJson> {
	/** What the original's Python client calls `strategy` and `resolved_value`. */
	readonly resolution?: string | null;
	readonly content?: ManualValue | null;
}

export const resolveBody = fieldsBody<ConflictDecision, ResolveJson>(
	{
		strategy: TEXT,
		resolved_value: VALUE,
		resolution: NULLABLE_TEXT,
		content: VALUE,
	},
	{
		decode: (json) => {
			const strategy = json.strategy ?? json.resolution;
			if (!strategy)
				throw new PangolinError("bad-request", "Missing field: strategy");
			const resolved_value = json.resolved_value ?? json.content ?? null;
			return decisionOf({ strategy, resolved_value });
		},
	},
);

function decisionsOf({ strategy, resolutions, message }: DecisionsJson): {
	strategy: Strategy | undefined;
	resolutions: readonly ExpectedResolution[] | undefined;
	message: string | undefined;
} {
	return {
		strategy: strategy ? strategyOf(strategy) : undefined,
		resolutions: resolutions?.map((each) => ({
			asset: each.asset,
			...decisionOf(each),
		})),
		message: message || undefined,
	};
}

function decisionOf({
	strategy,
	resolved_value,
}: ResolutionJson): ConflictDecision {
	return {
		strategy: strategyOf(strategy),
		value: resolved_value ?? undefined,
	};
}

/** The original's clients write them in several ways. */
const STRATEGIES: ReadonlyMap<string, Strategy> = new Map([
	["automerge", "AutoMerge"],
	["auto", "AutoMerge"],
	["takesource", "TakeSource"],
	["source", "TakeSource"],
	["taketarget", "TakeTarget"],
	["target", "TakeTarget"],
	["manual", "Manual"],
	["custom", "Manual"],
	["threewaymerge", "ThreeWayMerge"],
]);

function strategyOf(text: string): Strategy {
	const found = STRATEGIES.get(text.toLowerCase().replaceAll(/[_-]/g, ""));
	if (found !== undefined) return found;
	throw new PangolinError(
		"bad-request",
		`Invalid strategy ${JSON.stringify(text)}: use AutoMerge, ThreeWayMerge, TakeSource, TakeTarget or Manual`,
	);
}
