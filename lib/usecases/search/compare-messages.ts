import type { DeadLetterFilter } from "@/lib/contracts/dead-letters";
import type { Comparison, Facet, SchemaPath } from "@/lib/contracts/search";
import type { Actor } from "@/lib/domain/audit";
import { type Condition, JSON_TYPES, type Scalar } from "@/lib/domain/filter/expression";
import { readPath, spellPath } from "@/lib/domain/filter/json-path";
import { spellFilter } from "@/lib/domain/filter/spell-filter";
import { type FactValue, fieldFact, jsonFact, jsonType, propertyFact, propertyValue } from "@/lib/domain/search/facts";
import type { Store } from "@/lib/store/ports";
import type { FactCount, FactCounts, FactExample } from "@/lib/store/ports/search";
import { requireAllowedFilter } from "./require-allowed";

const SECONDS = 25;
/** A value sets messages apart when its share among them is so much higher than among the others. */
const APART = 0.15;
const MOST_FACETS = 24;
const MOST_PATHS = 120;

/**
 * What the messages of a filter have in common and the others of their queue have not, and what their bodies are made of: counted
 * over all of them that are indexed, in a long queue some minutes ago, which the answer says. Values are shown to people who may see payloads only, and the look is recorded
 * with what was looked at. Throws `AppError` "forbidden".
 */
export async function compareMessages(
  { store, actor, mayReadPayloads }: { store: Store; actor: Actor; mayReadPayloads: boolean },
  filter: DeadLetterFilter,
): Promise<Comparison> {
  requireAllowedFilter(filter.q, mayReadPayloads);
  const at = await store.now();
  return store.transaction(async (tx) => {
    await tx.search.limitSeconds(SECONDS);
    const coverage = await tx.search.coverage(filter);
    const compared = await tx.search.compare(filter, at, mayReadPayloads ? "facts" : "correlation");
    const { counts, correlation } = compared;
    const shared = { at: compared.at.toISOString(), coverage, correlation };
    if (counts === null) return { ...shared, payloads: null };
    const examples = await tx.search.examples([...new Set(counts.facts.map(({ exampleId }) => exampleId))]);
    await tx.audit.append([
      {
        actor,
        action: "payload.compared",
        subject: { kind: "queue", id: String(filter.queue) },
        queueId: filter.queue,
        detail: { messages: counts.inside, others: counts.outside, cause: filter.cause ?? null },
      },
    ]);
    return { ...shared, payloads: describe(counts, examples) };
  });
}

function describe(counts: FactCounts, examples: readonly FactExample[]): NonNullable<Comparison["payloads"]> {
  const facts = new Map(counts.facts.map((fact) => [fact.fact, fact]));
  const schema = schemaOf(facts, examples);
  return {
    inside: counts.inside,
    outside: counts.outside,
    facets: facetsOf(facts, examples, counts),
    jsonInside: counts.jsonInside,
    jsonOutside: counts.jsonOutside,
    schema: schema.slice(0, MOST_PATHS),
    schemaCut: schema.length > MOST_PATHS,
  };
}

/** Values with the shares that set the messages apart, the clearest first; where there are no others, what most of them share. */
function facetsOf(
  facts: ReadonlyMap<bigint, FactCount>,
  examples: readonly FactExample[],
  { inside, outside }: FactCounts,
): Facet[] {
  const named = new Map<bigint, Facet>();
  for (const example of examples) {
    for (const { fact, kind, name, value, condition } of factsOf(example)) {
      const count = facts.get(fact);
      if (count === undefined || named.has(fact)) continue;
      const text = value.type === "null" ? "" : value.text;
      const filter = spellFilter(condition);
      named.set(fact, {
        kind,
        name,
        value: text,
        type: value.type,
        inside: count.inside,
        outside: count.outside,
        filter,
      });
    }
  }
  const distance = (facet: Facet) => facet.inside / Math.max(1, inside) - facet.outside / Math.max(1, outside);
  return [...named.values()]
    .filter((facet) => (outside === 0 ? facet.inside > 1 && facet.inside >= inside * 0.5 : distance(facet) >= APART))
    .sort(
      (a, b) =>
        distance(b) - distance(a) ||
        b.inside - a.inside ||
        a.name.localeCompare(b.name) ||
        // Values that as many say must not change places whenever they are asked for.
        a.filter.localeCompare(b.filter),
    )
    .slice(0, MOST_FACETS);
}

/** What the broker adds when it dead-letters: the reason of a cause says nothing new about it. */
const DEAD_LETTERING: ReadonlySet<string> = new Set(["DeadLetterReason", "DeadLetterErrorDescription"]);

interface NamedFact {
  readonly fact: bigint;
  readonly kind: Facet["kind"];
  readonly name: string;
  readonly value: FactValue;
  readonly condition: Condition;
}

/** Every value that a message says, with the fact that it was counted as. */
function* factsOf(example: FactExample): Generator<NamedFact> {
  const fields = { subject: example.subject, correlation: example.correlationId, session: example.sessionId } as const;
  for (const [field, text] of Object.entries(fields) as [keyof typeof fields, string | null][]) {
    if (text === null) continue;
    const condition = { kind: "text", field, op: "=", value: text } as const;
    yield { fact: fieldFact(field, text), kind: "field", name: field, value: { type: "text", text }, condition };
  }
  for (const { name, type, value: text } of example.properties) {
    if (DEAD_LETTERING.has(name)) continue;
    const value = propertyValue(type, text);
    const condition = { kind: "property", name, test: { op: "=", value: scalar(value) } } as const;
    yield { fact: propertyFact(name, value), kind: "property", name, value, condition };
  }
  for (const { path, values } of example.fields) {
    for (const { type, text } of values) {
      const value = jsonValue(type, text);
      const condition = { kind: "json", path, test: { op: "=", value: scalar(value) } } as const;
      yield { fact: jsonFact(path, value), kind: "json", name: path, value, condition };
    }
  }
}

function jsonValue(type: string, text: string): FactValue {
  if (type === "null") return { type: "null" };
  if (type === "boolean") return { type: "boolean", text: text === "true" ? "true" : "false" };
  return type === "number" ? { type, text } : { type: "text", text };
}

function scalar(value: FactValue): Scalar {
  return value.type === "text" ? { ...value, quoted: true } : value;
}

/** Paths of the bodies with the types found at each, by name. */
function schemaOf(facts: ReadonlyMap<bigint, FactCount>, examples: readonly FactExample[]): SchemaPath[] {
  const paths = new Set(examples.flatMap(({ fields }) => fields.flatMap(({ path }) => [path, ...parentsOf(path)])));
  return [...paths]
    .flatMap((path) => {
      const types = JSON_TYPES.flatMap((type) => {
        const count = facts.get(jsonType(path, type));
        return count === undefined ? [] : [{ type, inside: count.inside, outside: count.outside }];
      });
      if (types.length === 0) return [];
      // A body has one type at most paths, so that the types add up; in arrays it may have several, and their greatest is the least that has it.
      const count = (side: "inside" | "outside") =>
        path.includes("[]")
          ? Math.max(...types.map((type) => type[side]))
          : types.reduce((sum, type) => sum + type[side], 0);
      return [{ path, types, inside: count("inside"), outside: count("outside") }];
    })
    .sort((a, b) => a.path.localeCompare(b.path));
}

function parentsOf(path: string): string[] {
  const read = readPath(path);
  if ("error" in read) return [];
  return read.steps.map((_, index) => spellPath(read.steps.slice(0, index)));
}
