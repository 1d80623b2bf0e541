/** A rule of a subscription as its owner wrote it. */
export interface RuleDefinition {
  readonly name: string;
  readonly filter: RuleFilter;
  /** SQL action run on a matching message's copy; null: none. */
  readonly action: string | null;
  /** Values of the names with an @ in the action. */
  readonly actionParameters?: RuleParameters;
  readonly createdAt: number;
}

export type RuleFilter =
  | { readonly type: "true" }
  | { readonly type: "false" }
  | {
      readonly type: "sql";
      readonly expression: string;
      /** Values of the names with an @ in the expression. */
      readonly parameters?: RuleParameters;
    }
  | { readonly type: "correlation"; readonly correlation: CorrelationFilter };

/** Every field that is not null must be equal for a message to match. */
export interface CorrelationFilter {
  readonly correlationId: string | null;
  readonly messageId: string | null;
  readonly to: string | null;
  readonly replyTo: string | null;
  readonly subject: string | null;
  readonly sessionId: string | null;
  readonly replyToSessionId: string | null;
  readonly contentType: string | null;
  readonly properties: Readonly<Record<string, CorrelationValue>>;
}

export type RuleParameters = Readonly<Record<string, CorrelationValue>>;

export type CorrelationValue = string | number | boolean | bigint | Date;

export const NO_CORRELATION: CorrelationFilter = {
  correlationId: null,
  messageId: null,
  to: null,
  replyTo: null,
  subject: null,
  sessionId: null,
  replyToSessionId: null,
  contentType: null,
  properties: {},
};
