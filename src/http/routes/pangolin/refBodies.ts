import { parseExpiry } from "../../../catalog/refs/expiry.ts";
import type {
	BranchKind,
	CreateBranchRequest,
	CreateTagRequest,
	UpdateBranchRequest,
} from "../../../catalog/refs/requests.ts";
import { PangolinError } from "../../../model/errors.ts";
import { fieldsBody, NULLABLE_TEXT, TEXT } from "./bodies.ts";

/** A request and the catalog that it names, if it names one. */
export interface InCatalog<Request> {
	readonly catalog: string | null | undefined;
	readonly request: Request;
}

type Text = string | null | undefined;

interface BranchJson {
	readonly name: string;
	readonly catalog?: Text;
	readonly branch_type?: Text;
	readonly from?: Text;
	/** The original's name for `from`. */
	readonly from_branch?: Text;
	readonly assets?: readonly string[] | null;
	readonly protected?: boolean | null;
	readonly expires_at?: Text;
}

interface TagJson {
	readonly name: string;
	readonly catalog?: Text;
	readonly from?: Text;
	/** The original's name for `from`. */
	readonly commit_id?: Text;
}

const SETTINGS = {
	protected: { type: ["boolean", "null"] },
	expires_at: NULLABLE_TEXT,
};

export const createBranchBody = fieldsBody<
	InCatalog<CreateBranchRequest>,
	BranchJson
>(
	{
		name: TEXT,
		catalog: NULLABLE_TEXT,
		branch_type: NULLABLE_TEXT,
		from: NULLABLE_TEXT,
		from_branch: NULLABLE_TEXT,
		assets: { type: ["array", "null"], items: TEXT },
		...SETTINGS,
	},
	{
		required: ["name"],
		decode: (json) => ({
			catalog: json.catalog,
			request: {
				name: json.name,
				kind: branchKind(json.branch_type),
				from: oneOf("from_branch", json.from_branch, json.from),
				assets: json.assets ?? undefined,
				protected: json.protected ?? undefined,
				expiresAtMillis: expiry(json.expires_at),
			},
		}),
	},
);

export const updateBranchBody = fieldsBody<
	UpdateBranchRequest,
	Partial<BranchJson>
>(
	{ name: NULLABLE_TEXT, ...SETTINGS },
	{
		optional: true,
		decode: (json) => ({
			name: json.name ?? undefined,
			protected: json.protected ?? undefined,
			expiresAtMillis: expiry(json.expires_at),
		}),
	},
);

export const createTagBody = fieldsBody<InCatalog<CreateTagRequest>, TagJson>(
	{
		name: TEXT,
		catalog: NULLABLE_TEXT,
		from: NULLABLE_TEXT,
		commit_id: NULLABLE_TEXT,
	},
	{
		required: ["name"],
		decode: (json) => ({
			catalog: json.catalog,
			request: {
				name: json.name,
				at: oneOf("commit_id", json.commit_id, json.from),
			},
		}),
	},
);

/** @throws PangolinError `bad-request` when both spellings are there and differ */
function oneOf(field: string, theirs: Text, ours: Text): string | undefined {
	if (theirs && ours && theirs !== ours) {
		throw new PangolinError(
			"bad-request",
			`Fields from and ${field} mean the same: give one of them`,
		);
	}
	return ours || theirs || undefined;
}

/** In any case: the original writes `Ingest` in some places and `ingest` in others. */
function branchKind(text: Text): BranchKind | undefined {
	if (text === null || text === undefined) return undefined;
	const kind = text.toLowerCase();
	if (kind === "ingest" || kind === "experimental") return kind;
	throw new PangolinError(
		"bad-request",
		`Invalid branch_type ${JSON.stringify(text)}: use ingest or experimental`,
	);
}

/** Null takes the expiry away. */
function expiry(text: Text): number | null | undefined {
	return text === null || text === undefined ? text : parseExpiry(text);
}
