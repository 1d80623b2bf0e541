import { test as base, expect } from "@playwright/test";
import type { Role } from "../lib/domain/permissions";
import type { ConsumerHealth } from "./consumer-health";
import { type StackUnderTest, stackUnderTest } from "./stack";

interface Fixtures {
  readonly stack: StackUnderTest;
  /** Signs the page's browser context in with the sample account of a role, without the sign-in page. */
  readonly signInAs: (role: Role) => Promise<void>;
  /** Deploys the fix of one of the sample's consumers, as its developers would. */
  readonly deployFix: (consumer: string) => Promise<void>;
  /** Has the broker lose the answers to all sends into an entity, though it takes the copies; answers how to end that. It ends with the test. */
  readonly loseAnswers: (entity: string) => Promise<() => Promise<void>>;
  /** The consumer that the console may ask whether it is well. It is well again when the test ends. */
  readonly consumer: {
    readonly healthUrl: string;
    /** What it answers from now on. */
    readonly answer: (status: number) => Promise<void>;
    /** How often it has been asked. */
    readonly asked: () => Promise<number>;
  };
  /** How many messages with each id the broker has taken into an entity since `since`, ms since 1970. */
  readonly accepted: (entity: string, since: number, messageIds: readonly string[]) => Promise<number[]>;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern
  stack: async ({}, use) => use(stackUnderTest()),

  baseURL: async ({ stack }, use) => use(stack.url),

  signInAs: async ({ context, stack }, use) => {
    await use(async (role) => {
      const { csrfToken } = await (await context.request.get(`${stack.url}/api/auth/csrf`)).json();
      const response = await context.request.post(`${stack.url}/api/auth/callback/credentials`, {
        headers: { origin: stack.url },
        form: { csrfToken, account: role, password: stack.passwords[role], json: "true" },
      });
      expect(response.ok(), `sign-in as ${role} answers ${response.status()}`).toBe(true);
      const session = await (await context.request.get(`${stack.url}/api/session`)).json();
      expect(session.roles).toContain(role);
    });
  },

  deployFix: async ({ stack, request }, use) => {
    await use(async (consumer) => {
      const response = await request.post(`${stack.sampleUrl}/consumers/${encodeURIComponent(consumer)}/deploy-fix`);
      expect(response.ok(), await response.text()).toBe(true);
    });
  },

  loseAnswers: async ({ stack, request }, use) => {
    const faults = `${stack.brokerControlUrl}/faults`;
    const end = async () => {
      expect((await request.delete(faults)).ok()).toBe(true);
    };
    await use(async (entity) => {
      const response = await request.post(faults, { data: { fault: "cut-after-send", entity } });
      expect(response.ok(), await response.text()).toBe(true);
      return end;
    });
    await end();
  },

  consumer: async ({ stack, request }, use) => {
    const control = `${stack.consumerUrl}/control`;
    const answer = async (status: number) => {
      expect((await request.put(control, { data: { status } })).ok()).toBe(true);
    };
    const asked = async () => ((await (await request.get(control)).json()) as ConsumerHealth).asked;
    await use({ healthUrl: `${stack.consumerUrl}/health`, answer, asked });
    await answer(200);
  },

  accepted: async ({ stack, request }, use) => {
    await use(async (entity, since, messageIds) => {
      const { entries } = (await (await request.get(`${stack.brokerControlUrl}/record`)).json()) as {
        entries: { event: string; entity: string; messageId: string | null; at: number }[];
      };
      const taken = entries.filter(
        (entry) => entry.event === "accepted" && entry.entity === entity && entry.at >= since,
      );
      return messageIds.map((id) => taken.filter(({ messageId }) => messageId === id).length);
    });
  },
});

export { expect };
