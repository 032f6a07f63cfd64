import { openEmptyPostgres } from "../../../test/support/emptyPostgres.ts";
import { conformance } from "../conformance/suite.ts";

conformance("PostgreSQL", () => openEmptyPostgres());
