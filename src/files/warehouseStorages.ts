import { PangolinError } from "../model/errors.ts";
import type { Properties, Warehouse } from "../model/registry.ts";
import type { FileStorage, Location } from "./contract.ts";
import { narrow } from "./narrow.ts";

/** Which files each warehouse may touch, by its `storageConfig`. */
export interface WarehouseStorages {
	/** @throws PangolinError `unsupported` when the type is none of this server's */
	storageFor(warehouse: Warehouse): FileStorage;
	/**
	 * Whether a caller may give a warehouse this configuration.
	 * @throws PangolinError `bad-request`, `location-not-allowed`
	 */
	checkConfig(storageConfig: Properties): void;
}

/** One local storage and what its roots are for. */
export interface LocalWarehouses {
	readonly storage: FileStorage;
	/** Of the default warehouse; the first is where its tables go. */
	readonly defaultFolders: readonly Location[];
	/** Every other warehouse without a folder of its own choice has one in here, named by its id. */
	readonly parentFolder: Location;
	/** Folders that the operator opened to warehouses that name one. */
	readonly acceptedFolders: readonly Location[];
}

/**
 * What the first start gives the warehouse `default`. The folder is not named by
 * its path, so that a data folder can be moved as long as it has no tables.
 */
export const DEFAULT_STORAGE_CONFIG: Properties = {
	type: "local",
	folder: "default",
};

const CONFIG_KEYS = new Set(["type", "folder"]);

/** @param memory absent where files must outlive the process */
export function openWarehouseStorages(
	local: LocalWarehouses,
	memory: FileStorage | undefined,
): WarehouseStorages {
	const ofDefault = narrow(local.storage, local.defaultFolders);
	return {
		storageFor(warehouse) {
			const { type, folder } = warehouse.storageConfig;
			if (type === "memory" && memory !== undefined) return memory;
			if (type !== undefined && type !== "local") throw unsupportedType(type);
			if (folder === DEFAULT_STORAGE_CONFIG.folder) return ofDefault;
			return narrow(local.storage, [
				folder === undefined
					? ownFolder(local, warehouse)
					: acceptedFolder(local, folder),
			]);
		},
		checkConfig(storageConfig) {
			const unknown = Object.keys(storageConfig).find(
				(key) => !CONFIG_KEYS.has(key),
			);
			if (unknown !== undefined) {
				throw new PangolinError(
					"bad-request",
					`storage_config: ${JSON.stringify(unknown)} is not known; this server has warehouses of type "local" only`,
				);
			}
			const { type, folder } = storageConfig;
			if (type === "memory" && memory !== undefined) return;
			if (type !== undefined && type !== "local") throw unsupportedType(type);
			if (folder !== undefined) acceptedFolder(local, folder);
		},
	};
}

function ownFolder(local: LocalWarehouses, warehouse: Warehouse): Location {
	return local.storage.canonical(`${local.parentFolder}${warehouse.id}`);
}

/** @throws PangolinError `location-not-allowed` */
function acceptedFolder(local: LocalWarehouses, folder: string): Location {
	if (local.acceptedFolders.length === 0) {
		throw new PangolinError(
			"location-not-allowed",
			"storage_config: this server's operator accepts no folders for warehouses (PANGOLIN_LOCAL_ROOTS)",
		);
	}
	return narrow(local.storage, local.acceptedFolders).canonical(folder);
}

function unsupportedType(type: string): PangolinError {
	return new PangolinError(
		"bad-request",
		`storage_config: the type ${JSON.stringify(type)} is not one of this server's; it has "local"`,
	);
}
