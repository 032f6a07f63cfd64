import type { NewUuid } from "../../model/ids.ts";

/** What pure changes of metadata take from outside. */
export interface ChangeContext {
	readonly nowMillis: number;
	readonly newUuid: NewUuid;
}
