/** What the adapter needs of a configured namespace; `NamespaceConfig` of the configuration fits. */
export interface ServiceBusConfig {
  /** The name that pages, metrics and errors call it by. */
  readonly name: string;
  /** Null: `fullyQualifiedNamespace` with DefaultAzureCredential. */
  readonly connectionString: string | null;
  readonly fullyQualifiedNamespace?: string | undefined;
  /** HTTP administration address of a local broker. */
  readonly administrationUrl?: string | undefined;
  /** Patterns of entity paths: watched is what one of `include` matches and none of `exclude`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Not empty: these entities are watched, and nothing is listed. */
  readonly entities: readonly string[];
}

/**
 * The connection string without its EntityPath: one of a single entity's policy names it there, and the SDK would then
 * open nothing else, not even that entity's dead-letter queue by another path.
 */
export function namespaceConnectionString(connectionString: string): string {
  return connectionString
    .split(";")
    .filter((part) => !/^\s*EntityPath=/i.test(part))
    .join(";");
}

/**
 * Where the administration of a local broker answers over plain HTTP; null: at the namespace itself, over HTTPS.
 * A development connection string without an address of its own means the port of Microsoft's emulator.
 */
export function localAdministrationUrl(config: ServiceBusConfig): URL | null {
  if (config.administrationUrl !== undefined) return new URL(config.administrationUrl);
  const { connectionString } = config;
  if (connectionString === null || !/(^|;)\s*UseDevelopmentEmulator=true\s*(;|$)/i.test(connectionString)) return null;
  const host = /(^|;)\s*Endpoint=[a-z]+:\/\/([^/:;]+|\[[^\]]+\])/i.exec(connectionString)?.[2];
  return host === undefined ? null : new URL(`http://${host}:5300`);
}
