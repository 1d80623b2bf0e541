import type {
  Condition,
  Expression,
  NumberField,
  Order,
  ReplayMark,
  Scalar,
  TextField,
  TimePoint,
  ValueTest,
  WordField,
} from "@/lib/domain/filter/expression";
import { isIndexedText, JSON_TYPES } from "@/lib/domain/filter/expression";
import { type FactValue, fieldFact, jsonFact, jsonType, propertyFact, propertyThere } from "@/lib/domain/search/facts";
import { phraseWords } from "@/lib/domain/search/words";
import { Prisma } from "./generated/client";

/**
 * A filter as a condition on `dead_letter d`. What the search index does not know of a message is neither true nor
 * false (NULL): such a message fits no condition about it, nor the opposite.
 */
export function compileFilter(expression: Expression, at: Date): Prisma.Sql {
  const condition = compile(expression, at);
  if (!readsIndex(expression)) return condition;
  return Prisma.sql`(SELECT ${condition} FROM (SELECT) once LEFT JOIN message_search s ON s.dead_letter_id = d.id)`;
}

/** True when some condition is answered by message_search. */
export function readsIndex(expression: Expression): boolean {
  switch (expression.kind) {
    case "and":
    case "or":
      return expression.parts.some(readsIndex);
    case "not":
      return readsIndex(expression.part);
    default:
      return expression.kind === "words" || expression.kind === "json";
  }
}

/**
 * A condition on `message_search s` that every message that fits must fulfil and that its indexes answer; null when the
 * filter has none. The full condition is asked of what it finds.
 */
export function indexCondition(expression: Expression): Prisma.Sql | null {
  switch (expression.kind) {
    case "and": {
      const parts = expression.parts.map(indexCondition).filter((part) => part !== null);
      return parts.length === 0 ? null : Prisma.join(parts, " AND ");
    }
    case "or": {
      const parts = expression.parts.map(indexCondition);
      return parts.some((part) => part === null) ? null : Prisma.sql`(${Prisma.join(parts as Prisma.Sql[], " OR ")})`;
    }
    case "not":
      return null;
    case "words":
      return Prisma.sql`s.words @@ ${phraseQuery(expression.phrase, expression.field)}::tsquery`;
    case "property":
      return anyFact(
        valueFacts(expression.test, (value) => propertyFact(expression.name, value), [propertyThere(expression.name)]),
      );
    case "json":
      return anyFact(
        valueFacts(expression.test, (value) => jsonFact(expression.path, value), typeFacts(expression.path)),
      );
    case "text":
      return expression.op === "=" && isIndexedText(expression.field)
        ? anyFact([fieldFact(expression.field, expression.value)])
        : null;
    default:
      return null;
  }
}

/**
 * A condition on `message_search s` that every indexed message that fits must fulfil, out of facts and the kind of the body alone, which stand in the row
 * itself: many rows are asked it in a moment. It is for what no index answers, above all what is missing. Null when the filter has none.
 */
export function factCondition(expression: Expression, at: Date): Prisma.Sql | null {
  if (isOfFacts(expression)) return compile(expression, at);
  switch (expression.kind) {
    case "and": {
      const parts = expression.parts.map((part) => factCondition(part, at)).filter((part) => part !== null);
      return parts.length === 0 ? null : Prisma.join(parts, " AND ");
    }
    case "or": {
      const parts = expression.parts.map((part) => factCondition(part, at));
      return parts.some((part) => part === null) ? null : Prisma.sql`(${Prisma.join(parts as Prisma.Sql[], " OR ")})`;
    }
    case "property":
      return expression.test.op === "missing" ? Prisma.sql`(NOT ${hasFact([propertyThere(expression.name)])})` : null;
    default:
      return null;
  }
}

/** True when facts and the kind of the body answer all of it: nothing else needs to be asked. */
export function isOfFacts(expression: Expression): boolean {
  switch (expression.kind) {
    case "and":
    case "or":
      return expression.parts.every(isOfFacts);
    case "not":
      return isOfFacts(expression.part);
    case "json":
      return ["exists", "missing", "is", "=", "!="].includes(expression.test.op);
    default:
      return false;
  }
}

/** The filter as a condition on `dead_letter d` and its row of `message_search s`, which both stand in the statement. */
export function compileIndexed(expression: Expression, at: Date): Prisma.Sql {
  return compile(expression, at);
}

function compile(expression: Expression, at: Date): Prisma.Sql {
  switch (expression.kind) {
    case "and":
    case "or": {
      const parts = expression.parts.map((part) => compile(part, at));
      return Prisma.sql`(${Prisma.join(parts, expression.kind === "and" ? " AND " : " OR ")})`;
    }
    case "not":
      return Prisma.sql`(NOT ${compile(expression.part, at)})`;
    default:
      return compileCondition(expression, at);
  }
}

function compileCondition(condition: Condition, at: Date): Prisma.Sql {
  switch (condition.kind) {
    case "text":
      return compileText(condition.field, condition.op, condition.value);
    case "words":
      return compileWords(condition.field, condition.phrase);
    case "number":
      return Prisma.sql`(${NUMBER_COLUMNS[condition.field]} ${comparison(condition.op)} ${condition.value})`;
    case "time": {
      const column = condition.field === "enqueued" ? Prisma.sql`d.enqueued_at` : Prisma.sql`d.first_seen_at`;
      return Prisma.sql`(${column} ${comparison(condition.op)} ${timeOf(condition.point, at)}::timestamptz)`;
    }
    case "age":
      // Older means enqueued before.
      return Prisma.sql`(${timeOf({ ago: condition.seconds }, at)}::timestamptz ${comparison(condition.op)} d.enqueued_at)`;
    case "replay":
      return compileReplay(condition.mark);
    case "edited": {
      const edited = Prisma.sql`EXISTS (SELECT 1 FROM edit fe WHERE fe.dead_letter_id = d.id AND fe.ended_at IS NULL)`;
      return condition.value ? edited : Prisma.sql`(NOT ${edited})`;
    }
    case "property":
      return compileProperty(condition.name, condition.test);
    case "json":
      return compileJson(condition.path, condition.test);
  }
}

const TEXT_COLUMNS: Readonly<Record<Exclude<TextField, "queue">, Prisma.Sql>> = {
  reason: Prisma.sql`d.reason`,
  id: Prisma.sql`coalesce(d.message_id, '')`,
  subject: Prisma.sql`coalesce(d.subject, '')`,
  correlation: Prisma.sql`coalesce(d.correlation_id, '')`,
  session: Prisma.sql`coalesce(d.session_id, '')`,
  type: Prisma.sql`coalesce(d.content_type, '')`,
  key: Prisma.sql`d.key`,
};
const NUMBER_COLUMNS: Readonly<Record<NumberField, Prisma.Sql>> = {
  size: Prisma.sql`d.size`,
  "body-size": Prisma.sql`d.body_size`,
  deliveries: Prisma.sql`d.delivery_count`,
};
const COMPARISONS: Readonly<Record<"=" | "!=" | Order, Prisma.Sql>> = {
  "=": Prisma.sql`=`,
  "!=": Prisma.sql`<>`,
  "<": Prisma.sql`<`,
  "<=": Prisma.sql`<=`,
  ">": Prisma.sql`>`,
  ">=": Prisma.sql`>=`,
};
const comparison = (op: "=" | "!=" | Order): Prisma.Sql => COMPARISONS[op];

function timeOf(point: TimePoint, at: Date): string {
  return "at" in point ? point.at : new Date(at.getTime() - point.ago * 1000).toISOString();
}

function textTest(column: Prisma.Sql, op: "=" | "!=" | "~", value: string): Prisma.Sql {
  switch (op) {
    case "=":
      return Prisma.sql`(${column} = ${value})`;
    case "!=":
      return Prisma.sql`(${column} <> ${value})`;
    case "~":
      return Prisma.sql`(position(lower(${value}::text) IN lower(${column})) > 0)`;
  }
}

function compileText(field: TextField, op: "=" | "!=" | "~", value: string): Prisma.Sql {
  if (field === "queue") {
    return Prisma.sql`(d.queue_id IN (SELECT fq.id FROM queue fq WHERE ${textTest(Prisma.sql`fq.entity_path`, op, value)}))`;
  }
  if (field === "reason") {
    // Through the causes, which carry the reason too: few rows, and an index leads from each to its messages.
    return Prisma.sql`(d.cause_id IN (SELECT fc.id FROM cause fc WHERE ${textTest(Prisma.sql`fc.reason`, op, value)}))`;
  }
  return textTest(TEXT_COLUMNS[field], op, value);
}

const WEIGHTS: Readonly<Record<WordField, string>> = { text: "", description: "A", body: "B" };

/** Words that follow each other, as a tsquery. Words are letters and digits: nothing in them is an operator. */
function phraseQuery(phrase: string, field: WordField): string {
  return phraseWords(phrase)
    .map(({ word, prefix }) => {
      const marks = `${prefix ? "*" : ""}${WEIGHTS[field]}`;
      return `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'${marks === "" ? "" : `:${marks}`}`;
    })
    .join(" <-> ");
}

/** What was not found in a message of which a part is not indexed may still be in that part. */
function known(found: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(CASE WHEN ${found} THEN true WHEN s.gap IS NULL AND s.dead_letter_id IS NOT NULL THEN false END)`;
}

function compileWords(field: WordField, phrase: string): Prisma.Sql {
  const found = Prisma.sql`s.words @@ ${phraseQuery(phrase, field)}::tsquery`;
  // Descriptions are always indexed whole: the broker lets none be longer than what is taken.
  return field === "description" ? Prisma.sql`(${found})` : known(found);
}

function compileReplay(mark: ReplayMark): Prisma.Sql {
  switch (mark) {
    case "none":
      return Prisma.sql`(NOT EXISTS (SELECT 1 FROM replay_item fi WHERE fi.dead_letter_id = d.id))`;
    case "live":
      return Prisma.sql`EXISTS (SELECT 1 FROM replay_item fi WHERE fi.dead_letter_id = d.id
        AND fi.state IN ('planned', 'claimed', 'sending', 'sent', 'uncertain'))`;
    case "returned":
      return Prisma.sql`(d.returned_from IS NOT NULL)`;
    case "uncertain":
    case "refused":
    case "failed":
    case "cancelled":
      return Prisma.sql`EXISTS (SELECT 1 FROM replay_item fi WHERE fi.dead_letter_id = d.id AND fi.state = ${mark})`;
  }
}

/** The forms in which the index may hold a value: an unquoted number is also met as text. */
function factValues(value: Scalar): FactValue[] {
  switch (value.type) {
    case "null":
      return [{ type: "null" }];
    case "boolean":
      return [
        { type: "boolean", text: value.text },
        { type: "text", text: value.text },
      ];
    case "number":
      return [
        { type: "number", text: value.text },
        { type: "text", text: value.text },
      ];
    case "text":
      return [{ type: "text", text: value.text }];
  }
}

const typeFacts = (path: string): bigint[] => JSON_TYPES.map((type) => jsonType(path, type));

/** Facts of which a message that fits has at least one; empty: none can be named. */
function valueFacts(
  test: ValueTest,
  factOf: (value: FactValue) => bigint,
  there: readonly bigint[],
): readonly bigint[] {
  switch (test.op) {
    case "=":
      return factValues(test.value).map(factOf);
    case "missing":
      return [];
    case "exists":
    case "is":
    case "!=":
    case "~":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return there;
  }
}

function anyFact(facts: readonly bigint[]): Prisma.Sql | null {
  return facts.length === 0 ? null : hasFact(facts);
}

function hasFact(facts: readonly bigint[]): Prisma.Sql {
  return Prisma.sql`s.facts && ${facts.map(String)}::text[]::bigint[]`;
}

/** Properties stand in the message's own row: known before the index has it. */
function compileProperty(name: string, test: ValueTest): Prisma.Sql {
  const some = (condition: Prisma.Sql) =>
    Prisma.sql`EXISTS (SELECT 1 FROM jsonb_array_elements(d.properties) fp WHERE fp ->> 'name' = ${name} AND ${condition})`;
  switch (test.op) {
    case "exists":
    case "is":
      return some(Prisma.sql`true`);
    case "missing":
      return Prisma.sql`(NOT ${some(Prisma.sql`true`)})`;
    case "~":
      return some(textTest(Prisma.sql`(fp ->> 'value')`, "~", test.text));
    case "=":
      return some(propertyEquals(test.value));
    case "!=":
      return Prisma.sql`(${some(Prisma.sql`true`)} AND NOT ${some(propertyEquals(test.value))})`;
    case "<":
    case "<=":
    case ">":
    case ">=":
      return some(
        test.value.type === "number"
          ? Prisma.sql`CASE WHEN ${NUMERIC_PROPERTY} THEN (fp ->> 'value')::numeric ${comparison(test.op)} ${test.value.text}::text::numeric END`
          : Prisma.sql`((fp ->> 'value') COLLATE "C" ${comparison(test.op)} ${test.value.text})`,
      );
  }
}

/** Decimals of AMQP are kept as the hexadecimal of their bytes, and a double may be no number. */
const NUMERIC_PROPERTY = Prisma.sql`(fp ->> 'type' IN ('ubyte', 'ushort', 'uint', 'ulong', 'byte', 'short', 'int', 'long', 'float', 'double')
  AND fp ->> 'value' ~ '^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[-+]?[0-9]{1,3})?$')`;

function propertyEquals(value: Scalar): Prisma.Sql {
  switch (value.type) {
    case "null":
      return Prisma.sql`fp ->> 'type' = 'null'`;
    case "boolean":
    case "text":
      return Prisma.sql`(fp ->> 'type' <> 'null' AND fp ->> 'value' = ${value.text})`;
    case "number":
      return Prisma.sql`(fp ->> 'value' = ${value.text}
        OR CASE WHEN ${NUMERIC_PROPERTY} THEN (fp ->> 'value')::numeric = ${value.text}::text::numeric ELSE false END)`;
  }
}

function compileJson(path: string, test: ValueTest): Prisma.Sql {
  const some = (condition: Prisma.Sql) =>
    Prisma.sql`EXISTS (SELECT 1 FROM jsonb_array_elements(s.fields -> ${path}::text) fv WHERE ${condition})`;
  switch (test.op) {
    case "exists":
      return known(hasFact(typeFacts(path)));
    case "missing":
      // Of a JSON body alone: what is no JSON has no paths to miss. Of a body that was never read it is not known.
      return Prisma.sql`(CASE WHEN s.body = 'unknown' THEN NULL WHEN s.body <> 'json' THEN false WHEN ${hasFact(typeFacts(path))} THEN false WHEN s.gap IS NULL THEN true END)`;
    case "is":
      return known(hasFact([jsonType(path, test.type)]));
    case "=":
      return known(hasFact(factValues(test.value).map((value) => jsonFact(path, value))));
    case "!=":
      return known(
        Prisma.sql`(${hasFact(typeFacts(path))} AND NOT ${hasFact(factValues(test.value).map((value) => jsonFact(path, value)))})`,
      );
    case "~":
      return known(
        some(Prisma.sql`(jsonb_typeof(fv) <> 'null' AND ${textTest(Prisma.sql`(fv #>> '{}')`, "~", test.text)})`),
      );
    case "<":
    case "<=":
    case ">":
    case ">=":
      return known(
        some(
          test.value.type === "number"
            ? Prisma.sql`CASE WHEN jsonb_typeof(fv) = 'number' THEN fv::numeric ${comparison(test.op)} ${test.value.text}::text::numeric ELSE false END`
            : Prisma.sql`(jsonb_typeof(fv) = 'string' AND (fv #>> '{}') COLLATE "C" ${comparison(test.op)} ${test.value.text})`,
        ),
      );
  }
}
