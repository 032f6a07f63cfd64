/** What a backup with the warehouse has beside the copy of the store. */
export const BACKUP_MANIFEST = "backup.json";

export interface BackupManifest {
	readonly format: 1;
	/** Absolute paths of the folders that were copied, each beside the manifest under its last name. */
	readonly folders: readonly string[];
}
