import { openEmptyMongo } from "../../../test/support/mongo/emptyMongo.ts";
import { conformance } from "../conformance/suite.ts";

conformance("MongoDB", () => openEmptyMongo());
