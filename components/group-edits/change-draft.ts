import type { BodyChange, GroupChange } from "@/lib/contracts/group-edits";

/** One line of the dialog. */
export interface StepDraft {
  readonly key: string;
  readonly place: "body" | "property";
  readonly act: "set" | "remove";
  /** JSON path or name of the property. */
  readonly name: string;
  /** AMQP type of a property. */
  readonly type: string;
  /** JSON text for the body, the value's text for a property. */
  readonly value: string;
}

export const EMPTY_STEP: Omit<StepDraft, "key"> = { place: "body", act: "set", name: "", type: "string", value: "" };

/** The change that the lines say; null while one of them is not filled in. */
export function changeOf(steps: readonly StepDraft[]): GroupChange | null {
  if (steps.length === 0 || steps.some((step) => !isComplete(step))) return null;
  return {
    body: steps.filter(({ place }) => place === "body").map(bodyStep),
    properties: steps
      .filter(({ place }) => place === "property")
      .map(({ name, act, type, value }) =>
        act === "remove" ? { name, remove: true } : { name, set: { type, value } },
      ),
  };
}

function isComplete({ place, act, name, value }: StepDraft): boolean {
  // A property may be an empty text; a JSON value never is.
  return name.trim() !== "" && (place === "property" || act === "remove" || value.trim() !== "");
}

function bodyStep({ name, act, value }: StepDraft): BodyChange {
  return act === "remove" ? { path: name.trim(), remove: true } : { path: name.trim(), set: value.trim() };
}

/** A change in words, a line each. */
export function changeWords({ body, properties }: GroupChange): string[] {
  return [
    ...body.map((step) =>
      "set" in step ? `${step.path} of the body becomes ${step.set}` : `${step.path} leaves the body`,
    ),
    ...properties.map((step) =>
      "set" in step
        ? `property ${step.name} becomes ${JSON.stringify(step.set.value)} (${step.set.type})`
        : `property ${step.name} is removed`,
    ),
  ];
}
