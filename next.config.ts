import type { NextConfig } from "next";

const config: NextConfig = {
  // The container image wants the server and what it needs in one folder; `npm start` runs from the checkout.
  ...(process.env.NEXT_OUTPUT === "standalone" ? { output: "standalone" as const } : {}),
  poweredByHeader: false,
  reactStrictMode: true,
  // Types are checked once, over the whole project, by the checks of every change; a first start need not wait for them.
  typescript: { ignoreBuildErrors: true },
  experimental: { authInterrupts: true },
  serverExternalPackages: ["pino", "pg", "rhea", "@prisma/adapter-pg"],
  headers: async () => [
    {
      // Static files do not pass the proxy.
      source: "/_next/static/:path*",
      headers: [{ key: "X-Content-Type-Options", value: "nosniff" }],
    },
  ],
};

export default config;
