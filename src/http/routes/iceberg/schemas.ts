/**
 * JSON Schemas of the request bodies, as far as their outer fields go; what lies
 * deeper (schemas, specs, updates, requirements) is checked by the decoders of
 * src/iceberg. The bounds keep one request from costing without limit.
 */
const MAX_NAME_CHARACTERS = 1024;
const MAX_LEVELS = 32;
const MAX_PROPERTIES = 5_000;
const MAX_CHANGES = 5_000;
const MAX_TABLES = 500;
const MAX_LOCATION_CHARACTERS = 4096;

const NAME = { type: "string", maxLength: MAX_NAME_CHARACTERS };
const OBJECT = { type: "object" };
const NULLABLE_OBJECT = { type: ["object", "null"] };
const LOCATION = { type: "string", maxLength: MAX_LOCATION_CHARACTERS };
const NULLABLE_LOCATION = {
	type: ["string", "null"],
	maxLength: MAX_LOCATION_CHARACTERS,
};
const NULLABLE_BOOLEAN = { type: ["boolean", "null"] };
const NAMESPACE = { type: "array", maxItems: MAX_LEVELS, items: NAME };
const PROPERTIES = {
	type: ["object", "null"],
	maxProperties: MAX_PROPERTIES,
	additionalProperties: { type: "string" },
};
const IDENTIFIER = {
	type: "object",
	required: ["namespace", "name"],
	properties: { namespace: NAMESPACE, name: NAME },
};

function tagged(tag: string): object {
	return {
		type: "array",
		maxItems: MAX_CHANGES,
		items: {
			type: "object",
			required: [tag],
			properties: { [tag]: { type: "string" } },
		},
	};
}

const COMMIT = {
	requirements: tagged("type"),
	updates: tagged("action"),
};

export const CREATE_NAMESPACE = {
	type: "object",
	required: ["namespace"],
	properties: {
		namespace: { ...NAMESPACE, minItems: 1 },
		properties: PROPERTIES,
	},
};

export const UPDATE_PROPERTIES = {
	type: "object",
	properties: {
		removals: {
			type: ["array", "null"],
			maxItems: MAX_PROPERTIES,
			items: { type: "string" },
		},
		updates: PROPERTIES,
	},
};

export const CREATE_TABLE = {
	type: "object",
	required: ["name", "schema"],
	properties: {
		name: NAME,
		location: NULLABLE_LOCATION,
		schema: OBJECT,
		"partition-spec": NULLABLE_OBJECT,
		"write-order": NULLABLE_OBJECT,
		"stage-create": NULLABLE_BOOLEAN,
		properties: PROPERTIES,
	},
};

export const REGISTER = {
	type: "object",
	required: ["name", "metadata-location"],
	properties: {
		name: NAME,
		"metadata-location": LOCATION,
		overwrite: NULLABLE_BOOLEAN,
	},
};

export const RENAME = {
	type: "object",
	required: ["source", "destination"],
	properties: { source: IDENTIFIER, destination: IDENTIFIER },
};

export const REPORT = {
	type: "object",
	required: ["report-type"],
	properties: { "report-type": { type: "string", maxLength: 64 } },
};

export const COMMIT_TABLE = {
	type: "object",
	required: ["requirements", "updates"],
	properties: {
		identifier: { ...IDENTIFIER, type: ["object", "null"] },
		...COMMIT,
	},
};

export const COMMIT_TRANSACTION = {
	type: "object",
	required: ["table-changes"],
	properties: {
		"table-changes": {
			type: "array",
			maxItems: MAX_TABLES,
			items: {
				type: "object",
				required: ["identifier", "requirements", "updates"],
				properties: { identifier: IDENTIFIER, ...COMMIT },
			},
		},
	},
};

export const CREATE_VIEW = {
	type: "object",
	required: ["name", "schema", "view-version", "properties"],
	properties: {
		name: NAME,
		location: NULLABLE_LOCATION,
		schema: OBJECT,
		"view-version": OBJECT,
		properties: PROPERTIES,
	},
};

export const COMMIT_VIEW = {
	type: "object",
	required: ["updates"],
	properties: {
		identifier: { ...IDENTIFIER, type: ["object", "null"] },
		requirements: { ...tagged("type"), type: ["array", "null"] },
		updates: tagged("action"),
	},
};
