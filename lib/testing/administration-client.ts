import { ServiceBusAdministrationClient } from "@azure/service-bus";

/** The administration client insists on https; a policy of its pipeline takes it to an address in the clear. */
export function administrationOverHttp(connectionString: string, url: string): ServiceBusAdministrationClient {
  const client = new ServiceBusAdministrationClient(connectionString, { retryOptions: { maxRetries: 0 } });
  const { pipeline } = client as unknown as { pipeline: { addPolicy(policy: object): void } };
  pipeline.addPolicy({
    name: "over-http",
    sendRequest(
      request: { url: string; allowInsecureConnection: boolean },
      next: (request: object) => Promise<unknown>,
    ) {
      const { pathname, search } = new URL(request.url);
      request.url = new URL(`${pathname}${search}`, url).toString();
      request.allowInsecureConnection = true;
      return next(request);
    },
  });
  return client;
}
