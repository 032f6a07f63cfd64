import { tableRequest } from "./support.ts";
import { TABLES, viewAt } from "./warehouse.ts";

export const NAMESPACES = "/v1/default/namespaces";
export const VIEWS = `${NAMESPACES}/default/views`;

export const FOLDER_PROPERTIES = [
	"write.data.path",
	"write.metadata.path",
	"write.object-storage.path",
	"write.folder-storage.path",
];

/** What a request is for, its URL and its body. */
export type Way = [string, string, object];

/** Every way to name a location: a POST for each. A table `old` and a view `v` must exist. */
export function waysIn(location: string): Way[] {
	return [
		...creates(location),
		...commits(location),
		...registers(location),
		...namespaces(location),
		...views(location),
	];
}

const noRequirements = (...updates: object[]) => ({
	requirements: [],
	updates,
});

function creates(location: string): Way[] {
	const bodies: object[] = [
		{ location },
		...FOLDER_PROPERTIES.map((name) => ({ properties: { [name]: location } })),
	];
	return bodies.flatMap((body): Way[] => {
		const what = JSON.stringify(Object.values(body));
		const staged = { ...body, "stage-create": true };
		return [
			[`create ${what}`, TABLES, tableRequest("x", body)],
			[`stage-create ${what}`, TABLES, tableRequest("x", staged)],
		];
	});
}

function commits(location: string): Way[] {
	const move = { action: "set-location", location };
	const properties = FOLDER_PROPERTIES.map((name): Way => {
		const update = { action: "set-properties", updates: { [name]: location } };
		return [`set ${name}`, `${TABLES}/old`, noRequirements(update)];
	});
	const staged = {
		requirements: [{ type: "assert-create" }],
		updates: [...newTableUpdates(), move],
	};
	const identifier = { namespace: ["default"], name: "old" };
	const change = { identifier, ...noRequirements(move) };
	return [
		["set-location", `${TABLES}/old`, noRequirements(move)],
		...properties,
		["commit of a staged create", `${TABLES}/x`, staged],
		[
			"transaction",
			"/v1/default/transactions/commit",
			{ "table-changes": [change] },
		],
	];
}

function registers(location: string): Way[] {
	const body = { name: "x", "metadata-location": location };
	return [
		["register", `${NAMESPACES}/default/register`, body],
		["register a view", `${NAMESPACES}/default/register-view`, body],
	];
}

function namespaces(location: string): Way[] {
	const set = { updates: { location }, removals: [] };
	return [
		["namespace", NAMESPACES, { namespace: ["x"], properties: { location } }],
		["namespace properties", `${NAMESPACES}/default/properties`, set],
	];
}

function views(location: string): Way[] {
	const properties = { "write.metadata.path": location };
	const move = noRequirements({ action: "set-location", location });
	return [
		["view", VIEWS, viewAt("x", { location })],
		["view's metadata path", VIEWS, viewAt("x", { properties })],
		["view set-location", `${VIEWS}/v`, move],
	];
}

function newTableUpdates(): object[] {
	return [
		{ action: "assign-uuid", uuid: "2f1b6f4e-3f0e-4a52-8f3b-0f4c6e0f8a11" },
		{ action: "upgrade-format-version", "format-version": 2 },
		{
			action: "add-schema",
			schema: {
				type: "struct",
				fields: [{ id: 1, name: "id", required: false, type: "long" }],
			},
		},
		{ action: "set-current-schema", "schema-id": -1 },
		{ action: "add-spec", spec: { "spec-id": 0, fields: [] } },
		{ action: "set-default-spec", "spec-id": -1 },
		{ action: "add-sort-order", "sort-order": { "order-id": 0, fields: [] } },
		{ action: "set-default-sort-order", "sort-order-id": -1 },
	];
}
