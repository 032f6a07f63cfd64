import type { UndropRequest } from "../../../catalog/refs/requests.ts";
import { fieldsBody, NULLABLE_TEXT, TEXT } from "./bodies.ts";

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
