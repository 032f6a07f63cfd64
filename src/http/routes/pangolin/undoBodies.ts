import type {
	RevertRequest,
	RollbackRequest,
	UndropRequest,
} from "../../../catalog/refs/undoRequests.ts";
import { fieldsBody, NULLABLE_TEXT, TEXT } from "./bodies.ts";
import type { InCatalog } from "./refBodies.ts";

type Text = string | null;
type Levels = readonly string[] | null;

const LEVELS = { type: ["array", "null"], items: TEXT, maxItems: 100 };
const KINDS = ["namespace", "table", "view", "asset"] as const;

interface UndropJson {
	readonly id?: Text;
	readonly kind?: (typeof KINDS)[number] | null;
	readonly namespace?: Levels;
	readonly name?: Text;
	readonly new_namespace?: Levels;
	readonly new_name?: Text;
}

export const undropBody = fieldsBody<UndropRequest, UndropJson>(
	{
		id: NULLABLE_TEXT,
		kind: { enum: [...KINDS, null] },
		namespace: LEVELS,
		name: NULLABLE_TEXT,
		new_namespace: LEVELS,
		new_name: NULLABLE_TEXT,
	},
	{
		decode: (json) => ({
			id: json.id ?? undefined,
			kind: json.kind ?? undefined,
			namespace: json.namespace ?? undefined,
			name: json.name ?? undefined,
			newNamespace: json.new_namespace ?? undefined,
			newName: json.new_name ?? undefined,
		}),
	},
);

const STRATEGIES = [
	"AutoMerge",
	"TakeSource",
	"TakeTarget",
	"Manual",
	"ThreeWayMerge",
] as const;
const NULLABLE_FLAG = { type: ["boolean", "null"] };

interface RevertJson {
	readonly catalog?: Text;
	readonly commit_id: string;
	readonly strategy?: (typeof STRATEGIES)[number] | null;
	readonly dry_run?: boolean | null;
}

interface RollbackJson {
	readonly catalog?: Text;
	readonly to: string;
	readonly dry_run?: boolean | null;
}

export const revertBody = fieldsBody<InCatalog<RevertRequest>, RevertJson>(
	{
		catalog: NULLABLE_TEXT,
		commit_id: TEXT,
		strategy: { enum: [...STRATEGIES, null] },
		dry_run: NULLABLE_FLAG,
	},
	{
		required: ["commit_id"],
		decode: (json) => ({
			catalog: json.catalog,
			request: {
				commit: json.commit_id,
				strategy: json.strategy ?? undefined,
				dryRun: json.dry_run ?? undefined,
			},
		}),
	},
);

export const rollbackBody = fieldsBody<
	InCatalog<RollbackRequest>,
	RollbackJson
>(
	{ catalog: NULLABLE_TEXT, to: TEXT, dry_run: NULLABLE_FLAG },
	{
		required: ["to"],
		decode: (json) => ({
			catalog: json.catalog,
			request: { to: json.to, dryRun: json.dry_run ?? undefined },
		}),
	},
);
