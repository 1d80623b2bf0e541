import * as z from "zod";
import { checkLinkTemplate } from "@/lib/domain/trace-link";

/**
 * The configuration as every process sees it, parsed once by lib/config/load-config.ts from the environment and one
 * JSON file. Unknown keys are refused by name. Secrets stand in the environment; the file names the variables.
 */

export const namespaceConfig = z
  .object({
    /** Shown on the pages and in metrics. */
    name: z.string().min(1).max(100),
    broker: z.literal("service-bus").default("service-bus"),
    /** Name of the environment variable that holds the connection string. */
    connectionStringVariable: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/)
      .optional(),
    /** "contoso.servicebus.windows.net", with DefaultAzureCredential. */
    fullyQualifiedNamespace: z
      .string()
      .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i)
      .optional(),
    /** HTTP administration address of a local broker, when it is not the namespace's own. */
    administrationUrl: z.url().optional(),
    /** Patterns of entity paths ("orders*", "events/subscriptions/*"); a DLQ is watched when one includes it and none excludes it. */
    include: z.array(z.string().min(1)).min(1).default(["*"]),
    exclude: z.array(z.string().min(1)).default([]),
    /** Entities to watch when the credentials may not list them. */
    entities: z.array(z.string().min(1)).default([]),
    /** Copies a second over all replays into this namespace; the ceiling of every rate. */
    maxReplayRate: z.number().positive().max(1000).default(100),
    /**
     * Credits a second that scans may use of this namespace, over all workers. Service Bus Standard has 1,000 for everybody:
     * a peek costs one a message, a management call ten. Null: no limit, for Premium, which counts no credits.
     */
    scanCreditsPerSecond: z.number().min(10).max(1_000_000).nullable().default(200),
  })
  .strict()
  .refine((n) => (n.connectionStringVariable === undefined) !== (n.fullyQualifiedNamespace === undefined), {
    message: "give exactly one of connectionStringVariable and fullyQualifiedNamespace",
  });

export const configurationFile = z
  .object({
    namespaces: z.array(namespaceConfig).default([]),
    scan: z
      .object({
        /** Seconds between two looks at one DLQ. */
        watchSeconds: z.number().min(1).max(3600).default(10),
        /** Seconds between two full walks through one DLQ. */
        walkSeconds: z.number().min(5).max(86_400).default(60),
        /** Messages larger than this are indexed without their content. */
        keepBytes: z.number().int().min(0).max(104_857_600).default(2_097_152),
        /** Days for which the console keeps what has left its DLQ; what a replay refers to stays, without its content. */
        retainDays: z.number().min(1).max(3_650).default(30),
      })
      .strict()
      .prefault({}),
    replay: z
      .object({
        /** Offered on the plan page. */
        defaultRate: z.number().positive().max(1000).default(20),
        /** Hours after which a plan that nobody starts expires and frees its messages. */
        planHours: z.number().positive().max(168).default(1),
      })
      .strict()
      .prefault({}),
    tracing: z
      .object({
        /** Links on the page of a message: "https://traces.example.org/trace/{traceId}"; shown where the message carries what it asks for. */
        links: z
          .array(
            z
              .object({
                label: z.string().min(1).max(60),
                url: z
                  .string()
                  .max(2_000)
                  .superRefine((url, issues) => {
                    const problem = checkLinkTemplate(url);
                    if (problem !== null)
                      issues.addIssue({
                        code: "custom",
                        message: `expected an https address with places such as {traceId}: it ${problem}`,
                      });
                  }),
              })
              .strict(),
          )
          .max(10)
          .default([]),
      })
      .strict()
      .prefault({}),
    outbound: z
      .object({
        /** Hosts that the console may call (health URLs of consumers): "orders.internal" or "orders.internal:8080". */
        allowedHosts: z.array(z.string().regex(/^(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i)).default([]),
      })
      .strict()
      .prefault({}),
    auth: z
      .object({
        /** Local accounts with a password; the embedded mode turns them on. */
        localAccounts: z.boolean().default(false),
        oidc: z
          .object({
            issuer: z.url(),
            clientId: z.string().min(1),
            clientSecretVariable: z.string().regex(/^[A-Z_][A-Z0-9_]*$/),
            /** Shown on the sign-in button. */
            name: z.string().min(1).default("Single sign-on"),
            /** Claim of the id token that holds the person's groups or roles. */
            roleClaim: z.string().min(1).default("roles"),
            /** Claim value -> role of this console. */
            roleMap: z.record(z.string(), z.enum(["viewer", "operator", "approver", "auditor", "admin"])).default({}),
          })
          .strict()
          .optional(),
      })
      .strict()
      .prefault({}),
  })
  .strict();

export type NamespaceSettings = z.infer<typeof namespaceConfig>;

/** A namespace with its secret resolved; never logged, never sent to a browser. */
export interface NamespaceConfig extends NamespaceSettings {
  /** Null: DefaultAzureCredential. */
  readonly connectionString: string | null;
}

export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name: string;
  readonly roleClaim: string;
  readonly roleMap: Readonly<Record<string, string>>;
}

export interface Config {
  readonly databaseUrl: string;
  readonly namespaces: readonly NamespaceConfig[];
  readonly scan: {
    readonly watchSeconds: number;
    readonly walkSeconds: number;
    readonly keepBytes: number;
    readonly retainDays: number;
  };
  readonly replay: { readonly defaultRate: number; readonly planHours: number };
  readonly tracing: { readonly links: readonly { readonly label: string; readonly url: string }[] };
  readonly outbound: { readonly allowedHosts: readonly string[] };
  readonly auth: {
    readonly localAccounts: boolean;
    /** Signs session tokens; NEXTAUTH_SECRET. */
    readonly secret: string;
    /** Public address of the console; NEXTAUTH_URL. */
    readonly url: string;
    readonly oidc: OidcConfig | null;
  };
  /** Bearer token for /metrics; METRICS_TOKEN. Null: only signed-in people may read it. */
  readonly metricsToken: string | null;
  readonly logLevel: "debug" | "info" | "warn" | "error";
}
