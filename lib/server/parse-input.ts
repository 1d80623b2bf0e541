import type * as z from "zod";
import { AppError } from "@/lib/domain/app-error";

/** What came over the wire, by its contract. Throws "invalid-input" with what is wrong of each field. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown, where: string): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const fields = Object.fromEntries(result.error.issues.map((issue) => [issue.path.join(".") || where, issue.message]));
  throw new AppError("invalid-input", `The ${where} has values that cannot be used: see the fields.`, fields);
}
