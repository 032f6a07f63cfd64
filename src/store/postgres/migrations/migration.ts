/** One step of the schema. Once released, its text never changes: its checksum is kept in the database. */
export interface Migration {
	readonly version: number;
	readonly name: string;
	readonly sql: string;
}
