/** What a backup with the warehouse looks like. */
export const BACKUP_DATABASE = "pangolin.db";
export const BACKUP_MANIFEST = "backup.json";

export interface BackupManifest {
	readonly format: 1;
	/** Absolute paths of the folders that were copied, each beside the manifest under its last name. */
	readonly folders: readonly string[];
}
