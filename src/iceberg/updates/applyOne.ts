import { unreachable } from "../../model/errors.ts";
import type { TableUpdate } from "../types.ts";
import { addEncryptionKey } from "./addEncryptionKey.ts";
import { addSchema } from "./addSchema.ts";
import { addSnapshot } from "./addSnapshot.ts";
import { addSortOrder } from "./addSortOrder.ts";
import { addSpec } from "./addSpec.ts";
import { assignUuid } from "./assignUuid.ts";
import type { Draft } from "./draft.ts";
import { removeEncryptionKey } from "./removeEncryptionKey.ts";
import { removePartitionSpecs } from "./removePartitionSpecs.ts";
import { removePartitionStatistics } from "./removePartitionStatistics.ts";
import { removeProperties } from "./removeProperties.ts";
import { removeSchemas } from "./removeSchemas.ts";
import { removeSnapshotRef } from "./removeSnapshotRef.ts";
import { removeSnapshots } from "./removeSnapshots.ts";
import { removeStatistics } from "./removeStatistics.ts";
import { setCurrentSchema } from "./setCurrentSchema.ts";
import { setDefaultSortOrder } from "./setDefaultSortOrder.ts";
import { setDefaultSpec } from "./setDefaultSpec.ts";
import { setLocation } from "./setLocation.ts";
import { setPartitionStatistics } from "./setPartitionStatistics.ts";
import { setProperties } from "./setProperties.ts";
import { setSnapshotRef } from "./setSnapshotRef.ts";
import { setStatistics } from "./setStatistics.ts";
import { upgradeFormatVersion } from "./upgradeFormatVersion.ts";

/** A new action does not compile until it is handled here. */
export function applyUpdate(draft: Draft, update: TableUpdate): Draft {
	switch (update.action) {
		case "assign-uuid":
			return assignUuid(draft, update);
		case "upgrade-format-version":
			return upgradeFormatVersion(draft, update);
		case "add-schema":
			return addSchema(draft, update);
		case "set-current-schema":
			return setCurrentSchema(draft, update);
		case "add-spec":
			return addSpec(draft, update);
		case "set-default-spec":
			return setDefaultSpec(draft, update);
		case "add-sort-order":
			return addSortOrder(draft, update);
		case "set-default-sort-order":
			return setDefaultSortOrder(draft, update);
		case "add-snapshot":
			return addSnapshot(draft, update);
		case "set-snapshot-ref":
			return setSnapshotRef(draft, update);
		case "remove-snapshots":
			return removeSnapshots(draft, update);
		case "remove-snapshot-ref":
			return removeSnapshotRef(draft, update);
		case "set-location":
			return setLocation(draft, update);
		case "set-properties":
			return setProperties(draft, update);
		case "remove-properties":
			return removeProperties(draft, update);
		case "set-statistics":
			return setStatistics(draft, update);
		case "remove-statistics":
			return removeStatistics(draft, update);
		case "set-partition-statistics":
			return setPartitionStatistics(draft, update);
		case "remove-partition-statistics":
			return removePartitionStatistics(draft, update);
		case "remove-partition-specs":
			return removePartitionSpecs(draft, update);
		case "remove-schemas":
			return removeSchemas(draft, update);
		case "add-encryption-key":
			return addEncryptionKey(draft, update);
		case "remove-encryption-key":
			return removeEncryptionKey(draft, update);
		default:
			return unreachable(update);
	}
}
