import { createHmac } from "node:crypto";
import { parseServiceBusConnectionString } from "@azure/service-bus";
import { describe, expect } from "vitest";
import { eventually } from "../../eventually";
import type { Bench } from "./bench";
import { codeOf, message } from "./expectations";
import type { RuleBook } from "./rule-book";
import type { ConformanceTarget } from "./target";

/** The target's connection string with another key. */
function withKey(connectionString: string, name: string, key: string): string {
  return connectionString
    .replace(/SharedAccessKeyName=[^;]*/i, `SharedAccessKeyName=${name}`)
    .replace(/SharedAccessKey=[^;]*/i, `SharedAccessKey=${key}`);
}

/** The target's connection string with a finished signature in place of the key; `expiry` in seconds since 1970. */
function signed(connectionString: string, resource: string, expiry: number): string {
  const { fullyQualifiedNamespace, sharedAccessKey, sharedAccessKeyName } =
    parseServiceBusConnectionString(connectionString);
  const audience = encodeURIComponent(`sb://${fullyQualifiedNamespace}/${resource}`);
  const signature = createHmac("sha256", sharedAccessKey ?? "")
    .update(`${audience}\n${expiry}`)
    .digest("base64");
  const token = `SharedAccessSignature sr=${audience}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${sharedAccessKeyName}`;
  return connectionString
    .replace(/SharedAccessKeyName=[^;]*;?/i, "")
    .replace(/SharedAccessKey=[^;]*;?/i, `SharedAccessSignature=${token};`);
}

/** Rules of a broker that checks tokens; `target` may be another one than the other rules are checked on. */
export function authorityRules(book: RuleBook, target: ConformanceTarget): void {
  const rule = book.ruleFor(target);
  const { connectionString } = target;
  const seconds = (fromNow: number): number => Math.floor(target.now() / 1000) + fromNow;
  const sendWith = async (bench: Bench, connection: string, queue: string): Promise<string> =>
    codeOf(bench.newClient(connection).createSender(queue).sendMessages(message(1)));
  const UNAUTHORIZED = "UnauthorizedAccess";

  describe("Tokens", () => {
    rule(
      "a token signed with the key is taken, for the entity or the whole namespace",
      ["checked-tokens"],
      async (bench) => {
        const queue = await bench.queue();
        expect(await sendWith(bench, connectionString, queue)).toBe("no error");
        expect(await sendWith(bench, signed(connectionString, queue, seconds(600)), queue)).toBe("no error");
        expect(await sendWith(bench, signed(connectionString, "", seconds(600)), queue)).toBe("no error");
      },
    );

    rule(
      "a wrong key, and an unknown one, are UnauthorizedAccess: to send, to receive and to peek",
      ["checked-tokens"],
      async (bench) => {
        const queue = await bench.queue();
        const { sharedAccessKeyName } = parseServiceBusConnectionString(connectionString);
        for (const wrong of [
          withKey(connectionString, sharedAccessKeyName ?? "", "d3Jvbmc="),
          withKey(connectionString, "nobody", "d3Jvbmc="),
        ]) {
          expect(await sendWith(bench, wrong, queue)).toBe(UNAUTHORIZED);
          expect(await codeOf(bench.open(bench.newClient(wrong).createReceiver(queue)))).toBe(UNAUTHORIZED);
          expect(await codeOf(bench.newClient(wrong).createReceiver(queue).peekMessages(1))).toBe(UNAUTHORIZED);
        }
        await bench.empty(queue);
      },
    );

    rule("a token that has expired is UnauthorizedAccess", ["checked-tokens"], async (bench) => {
      const queue = await bench.queue();
      expect(await sendWith(bench, signed(connectionString, queue, seconds(-60)), queue)).toBe(UNAUTHORIZED);
    });

    rule("a token for another entity is UnauthorizedAccess", ["checked-tokens"], async (bench) => {
      const [queue, other] = [await bench.queue(), await bench.queue()];
      expect(await sendWith(bench, signed(connectionString, other, seconds(600)), queue)).toBe(UNAUTHORIZED);
    });

    rule(
      "a token that expires while its link is in use ends the link, and opens no other: UnauthorizedAccess",
      ["checked-tokens"],
      async (bench) => {
        const queue = await bench.queue();
        const receiver = bench.newClient(signed(connectionString, "", seconds(30))).createReceiver(queue);
        expect(await receiver.peekMessages(1)).toEqual([]);
        await target.passTime(40_000);
        // The first call may still meet the link that is being detached.
        const seen: string[] = [];
        await eventually(
          "the refusal",
          async () => seen[seen.push(await codeOf(receiver.peekMessages(1))) - 1] === UNAUTHORIZED,
          target.patienceMs,
        );
        expect(seen).not.toContain("no error");
      },
    );

    rule(
      "a key that may only listen receives, peeks and lists rules, and cannot send: UnauthorizedAccess",
      ["checked-tokens", "limited-keys", "topics"],
      async (bench) => {
        const topic = await bench.topic();
        const name = await bench.subscription(topic);
        await bench.send(topic, message(1));
        const listening = bench.newClient(target.listenConnectionString ?? "");
        const receiver = listening.createReceiver(topic, name);
        expect((await receiver.peekMessages(1)).map(({ body }) => body)).toEqual([1]);
        await receiver.completeMessage(await bench.takeOne(receiver));
        const names: string[] = [];
        for await (const each of listening.createRuleManager(topic, name).listRules()) names.push(each.name);
        expect(names).toEqual(["$Default"]);
        expect(await codeOf(listening.createSender(topic).sendMessages(message(2)))).toBe(UNAUTHORIZED);
      },
    );

    rule(
      "the administration refuses a wrong key and one without the Manage right with 401",
      ["checked-tokens", "limited-keys"],
      async (bench) => {
        const queue = await bench.queue();
        for (const connection of [
          withKey(connectionString, "nobody", "d3Jvbmc="),
          target.listenConnectionString ?? "",
        ]) {
          const act = target.administrationFor(connection).getQueue(queue);
          await expect(act).rejects.toMatchObject({ name: "RestError", statusCode: 401 });
        }
        expect((await target.administration.getQueue(queue)).name).toBe(queue);
      },
    );
  });
}
