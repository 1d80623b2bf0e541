import * as z from "zod";
import { JSON_TYPES } from "@/lib/domain/filter/expression";
import { isoTime, storableText } from "./common";
import { narrowing, searchCoverage } from "./dead-letters";

/** A value that sets messages apart: in how many of them, and in how many of the others. */
export const facet = z.object({
  kind: z.enum(["property", "json", "field"]),
  /** Name of the property or field, or the JSON path. */
  name: z.string(),
  /** Text of the value; "" with type "null". */
  value: z.string(),
  type: z.enum(["text", "number", "boolean", "null"]),
  inside: z.number().int(),
  outside: z.number().int(),
  /** The condition that lets these through, in the filter language. */
  filter: z.string(),
});
export type Facet = z.infer<typeof facet>;

/** One path of the JSON bodies. A body may have several types at a path of an array. */
export const schemaPath = z.object({
  path: z.string(),
  types: z.array(z.object({ type: z.enum(JSON_TYPES), inside: z.number().int(), outside: z.number().int() })),
  /** Bodies that have it at all, counting one with several types once where one type has them all. */
  inside: z.number().int(),
  outside: z.number().int(),
});
export type SchemaPath = z.infer<typeof schemaPath>;

/** Messages that carry what leads to a trace. */
export const correlation = z.object({
  total: z.number().int(),
  withCorrelationId: z.number().int(),
  withTrace: z.number().int(),
});
export type Correlation = z.infer<typeof correlation>;

/** What the messages of a filter have in common and the others of their queue have not, over all of them. */
export const comparison = z.object({
  at: isoTime,
  coverage: searchCoverage,
  correlation,
  /** Null: hidden from roles that may not see payloads. */
  payloads: z
    .object({
      /** Indexed messages of the filter, and of the rest of the queue. */
      inside: z.number().int(),
      outside: z.number().int(),
      facets: z.array(facet),
      /** Those whose body is JSON. */
      jsonInside: z.number().int(),
      jsonOutside: z.number().int(),
      schema: z.array(schemaPath),
      /** The schema has more paths than are listed. */
      schemaCut: z.boolean(),
    })
    .nullable(),
});
export type Comparison = z.infer<typeof comparison>;

/** What a saved filter keeps: a filter without the queue or cause it was made in. */
export const savedFilterState = narrowing.strict();

export const savedFilter = z.object({
  id: z.uuid(),
  name: z.string(),
  shared: z.boolean(),
  own: z.boolean(),
  owner: z.string(),
  filter: narrowing,
  updatedAt: isoTime,
});
export type SavedFilter = z.infer<typeof savedFilter>;
export const savedFilters = z.object({ items: z.array(savedFilter) });

const filterName = storableText.trim().min(1, "give it a name").max(80, "a name has 80 characters at most");
export const saveFilter = z
  .object({ name: filterName, shared: z.boolean().default(false), filter: savedFilterState })
  .strict();
export type SaveFilter = z.infer<typeof saveFilter>;
export const changeFilter = z
  .object({ name: filterName.optional(), shared: z.boolean().optional(), filter: savedFilterState.optional() })
  .strict();
export type ChangeFilter = z.infer<typeof changeFilter>;
