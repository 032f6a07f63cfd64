import {
	openEmptyPostgres,
	openPostgresPlace,
} from "../../../test/support/emptyPostgres.ts";
import { movingConformance } from "../conformance/moving.ts";
import { conformance } from "../conformance/suite.ts";

conformance("PostgreSQL", () => openEmptyPostgres());
movingConformance("PostgreSQL", openPostgresPlace);
