import type { Role } from "../lib/domain/permissions";

/** The running console that the browser tests use, as its program (stack-program.ts) tells it. */
export interface StackUnderTest {
  readonly url: string;
  /** Page and HTTP interface of the sample. */
  readonly sampleUrl: string;
  readonly databaseUrl: string;
  /** HTTP interface of the embedded broker that makes things go wrong. */
  readonly brokerControlUrl: string;
  /** A consumer that the console may ask whether it is well (consumer-health.ts). */
  readonly consumerUrl: string;
  readonly metricsToken: string;
  readonly passwords: Readonly<Record<Role, string>>;
}

const VARIABLE = "DLQ_E2E_STACK";

/** Hands the facts to Playwright's worker processes, which inherit the environment. */
export function tellStack(stack: StackUnderTest): void {
  process.env[VARIABLE] = JSON.stringify(stack);
}

export function stackUnderTest(): StackUnderTest {
  const text = process.env[VARIABLE];
  if (text === undefined)
    throw new Error("The stack is started by Playwright's global set-up, see e2e/stack-setup.ts.");
  return JSON.parse(text) as StackUnderTest;
}
