/** Which parts `npm start` runs itself. */
export interface Parts {
  readonly database: "embedded" | "given";
  readonly broker: "embedded" | "configured";
  readonly sample: boolean;
}

export type Decision = { readonly parts: Parts } | { readonly refused: string };

/**
 * Real data and made-up data never meet by accident: a real namespace with the embedded database, and the embedded
 * broker with a real database, each need a flag.
 */
export function decideParts(given: {
  readonly databaseUrl: boolean;
  /** The configuration file names namespaces. */
  readonly namespaces: boolean;
  readonly flags: { readonly embeddedDatabase: boolean; readonly embeddedBroker: boolean; readonly sample: boolean };
}): Decision {
  const { databaseUrl, namespaces, flags } = given;
  if (flags.embeddedBroker && namespaces) {
    return {
      refused: "--embedded-broker and a configuration with namespaces exclude each other. Leave one of them out.",
    };
  }
  if (flags.embeddedDatabase && databaseUrl) {
    return { refused: "--embedded-database and DATABASE_URL exclude each other. Leave one of them out." };
  }
  if (namespaces && !databaseUrl && !flags.embeddedDatabase) {
    return {
      refused:
        "The configuration names real namespaces, but there is no DATABASE_URL. Set it to the address of a PostgreSQL database, or accept that edits, replays and the audit are kept in .data of this checkout alone: npm start -- --embedded-database",
    };
  }
  if (databaseUrl && !namespaces && !flags.embeddedBroker) {
    return {
      refused:
        "DATABASE_URL is set, but no namespace is configured. Name them in the file that DLQ_CONSOLE_CONFIG leads to, or take DATABASE_URL away to try the console on embedded parts, or fill that database with the sample's messages: npm start -- --embedded-broker",
    };
  }
  return {
    parts: {
      database: databaseUrl ? "given" : "embedded",
      broker: namespaces ? "configured" : "embedded",
      sample: flags.sample && !namespaces,
    },
  };
}
