import { createHash, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

export interface OidcIssuer {
  readonly url: string;
  /** Claims of whoever signs in next, beside those that the protocol sets. */
  claims: Record<string, unknown>;
  /** Spoils the next id tokens in this way. */
  spoil: "nothing" | "nonce" | "audience" | "issuer" | "signature" | "expired";
  /** What the token endpoint was asked with, newest last. */
  readonly exchanges: { readonly verifier: string; readonly authorization: string }[];
  /** Stands for the person at the provider: follows the address that the console leads to; where the provider leads back to. */
  approve(address: string): string;
}

/** An identity provider on a free local port: discovery, keys, code exchange with PKCE. Gone with the test file. */
export async function oidcIssuer(client: { readonly id: string; readonly secret: string }): Promise<OidcIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const grants = new Map<string, { nonce: string; challenge: string }>();
  const exchanges: OidcIssuer["exchanges"] = [];
  const server = createServer((request, response) => {
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.url === "/.well-known/openid-configuration") return json(200, discovery(issuer.url));
    if (request.url === "/keys") {
      return json(200, { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" }] });
    }
    if (request.url === "/token" && request.method === "POST") {
      void readForm(request).then((form) => {
        const verifier = form.get("code_verifier") ?? "";
        exchanges.push({ verifier, authorization: request.headers.authorization ?? "" });
        const grant = grants.get(form.get("code") ?? "");
        grants.delete(form.get("code") ?? "");
        const challenge = createHash("sha256").update(verifier).digest("base64url");
        const known = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}`;
        if (grant?.challenge !== challenge || request.headers.authorization !== known) {
          return json(400, { error: "invalid_grant" });
        }
        return json(200, { access_token: randomUUID(), token_type: "Bearer", id_token: idToken(grant.nonce) });
      });
      return;
    }
    json(404, {});
  });

  function idToken(nonce: string): string {
    const now = Math.floor(Date.now() / 1000);
    const { spoil } = issuer;
    const claims = {
      iss: spoil === "issuer" ? "https://other.example" : issuer.url,
      aud: spoil === "audience" ? "another-client" : client.id,
      iat: spoil === "expired" ? now - 7200 : now,
      exp: spoil === "expired" ? now - 3600 : now + 300,
      nonce: spoil === "nonce" ? "another nonce" : nonce,
      ...issuer.claims,
    };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: "RS256", kid: "one", typ: "JWT" })}.${part(claims)}`;
    const signature = createSign("RSA-SHA256").update(signed).sign(privateKey);
    if (spoil === "signature") signature[10] = (signature[10] ?? 0) ^ 1;
    return `${signed}.${signature.toString("base64url")}`;
  }

  const issuer: OidcIssuer = {
    url: await listen(server),
    claims: {},
    spoil: "nothing",
    exchanges,
    approve: (address) => {
      const asked = new URL(address).searchParams;
      const code = randomUUID();
      grants.set(code, { nonce: asked.get("nonce") ?? "", challenge: asked.get("code_challenge") ?? "" });
      const back = new URL(asked.get("redirect_uri") ?? "");
      back.search = new URLSearchParams({ code, state: asked.get("state") ?? "" }).toString();
      return back.href;
    },
  };
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  return issuer;
}

function discovery(url: string) {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/keys`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}
