export interface Violation {
	readonly rule: Rule;
	readonly path: string;
	readonly line: number;
	readonly message: string;
}

export type Rule =
	| "layers"
	| "cycles"
	| "size"
	| "function-size"
	| "barrels"
	| "default-export"
	| "folders"
	| "ambient"
	| "dynamic-code";
