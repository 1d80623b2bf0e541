/**
 * Who may import whom. A folder's line names everything of ours that it may import; whatever is not named is refused
 * with the reason. docs/architecture.md explains the layout. Tests beside a source may import anything.
 */
const layers = [
  {
    name: "app",
    path: "^app/",
    may: ["^app/", "^components/", "^lib/server/", "^lib/client/", "^lib/contracts/", "^lib/usecases/"],
    why: "A route parses, authorises, calls one use case and answers. Rules belong in lib/domain, steps in lib/usecases, sessions and errors in lib/server.",
  },
  {
    name: "proxy",
    path: "^proxy\\.ts$",
    may: ["^lib/server/", "^lib/contracts/"],
    why: "The proxy only turns requests away; what it decides by belongs in lib/server.",
  },
  {
    name: "ui",
    path: "^components/ui/",
    may: ["^components/ui/"],
    why: "A primitive could ship in another product. What knows our nouns belongs in components/<noun>.",
  },
  {
    name: "components",
    path: "^components/(?!ui/)",
    may: ["^components/", "^lib/client/", "^lib/contracts/", "^lib/domain/"],
    why: "A view gets its data through lib/client and speaks lib/contracts. Server code belongs in lib/server or lib/usecases.",
  },
  {
    name: "domain",
    path: "^lib/domain/",
    may: ["^lib/domain/"],
    why: "Rules are pure: what they need comes in as arguments. Input and output belong in lib/usecases.",
  },
  {
    name: "contracts",
    path: "^lib/contracts/",
    may: ["^lib/contracts/", "^lib/domain/"],
    why: "A contract is what crosses a process: shapes only. Behaviour belongs in lib/domain or lib/usecases.",
  },
  {
    name: "amqp",
    path: "^lib/amqp/",
    may: ["^lib/amqp/"],
    why: "The byte level knows nothing of this console. What a Service Bus message means belongs in lib/brokers/service-bus.",
  },
  {
    name: "brokers",
    path: "^lib/brokers/",
    may: ["^lib/brokers/", "^lib/domain/", "^lib/amqp/"],
    why: "An adapter speaks to a broker and to nothing else. What is done with messages belongs in lib/usecases.",
  },
  {
    name: "outbound",
    path: "^lib/outbound/",
    may: ["^lib/outbound/", "^lib/domain/", "^lib/config/"],
    why: "Outbound calls know addresses and allowlists. When and why to call belongs in lib/usecases.",
  },
  {
    name: "store",
    path: "^lib/store/",
    may: ["^lib/store/", "^lib/domain/", "^lib/contracts/", "^lib/brokers/broker\\.ts$"],
    why: "A store reads and writes rows. Decisions belong in lib/domain, steps in lib/usecases.",
  },
  {
    name: "usecases",
    path: "^lib/usecases/",
    may: ["^lib/usecases/", "^lib/domain/", "^lib/contracts/", "^lib/store/ports", "^lib/brokers/broker\\.ts$"],
    why: "A use case knows ports (lib/store/ports, lib/brokers/broker), never what stands behind them: take it as an argument.",
  },
  {
    name: "server",
    path: "^lib/server/",
    may: ["^lib/(server|usecases|store|domain|contracts|config)/", "^lib/brokers/(broker|codecs)\\.ts$"],
    why: "lib/server puts the web process together. It has no broker connection: that is the worker's.",
  },
  {
    name: "client",
    path: "^lib/client/",
    may: ["^lib/client/", "^lib/contracts/", "^lib/domain/"],
    why: "This runs in the browser. Server code belongs in lib/server.",
  },
  {
    name: "config",
    path: "^lib/config/",
    may: ["^lib/config/", "^lib/contracts/"],
    why: "Configuration is read before anything else exists. What uses it takes it as an argument.",
  },
  {
    name: "worker",
    path: "^worker/",
    may: ["^worker/", "^lib/(usecases|brokers|store|outbound|domain|contracts|config)/"],
    why: "The worker says when and how often; what is done belongs in lib/usecases.",
  },
  {
    name: "embedded",
    path: "^embedded/",
    may: ["^embedded/", "^lib/(amqp|domain|contracts)/"],
    why: "The embedded parts stand in for other people's servers and programs, and may not lean on the console.",
  },
  {
    name: "scripts",
    path: "^scripts/",
    may: ["^scripts/", "^embedded/", "^lib/(config|contracts|domain|store|usecases)/"],
    why: "Scripts start things. What they start belongs in its own folder.",
  },
];

const ours = "^(app|bench|components|e2e|embedded|lib|scripts|worker)/";
const tests = "\\.test\\.tsx?$";
/** Scripts for those who work on the console; the others run where only "dependencies" are installed. */
const developing = "^scripts/((check-imports|lint|test)|prepare/(unpack-)?chromium)\\.mjs$";

export default {
  forbidden: [
    ...layers.map((layer) => ({
      name: `${layer.name}-imports`,
      comment: layer.why,
      severity: "error",
      from: { path: layer.path, pathNot: [tests, "^lib/testing/"] },
      to: { path: ours, pathNot: layer.may },
    })),
    {
      name: "testing-in-tests-only",
      comment: "lib/testing is for tests. What the product needs of it belongs elsewhere.",
      severity: "error",
      from: { path: ours, pathNot: [tests, "^lib/testing/", "^e2e/", "^bench/"] },
      to: { path: "^lib/testing/" },
    },
    {
      name: "service-bus-in-its-adapter",
      comment:
        "Only lib/brokers/service-bus names the Service Bus SDK: use the port, lib/brokers/broker.ts. The sample's producers and consumers stand for other people's programs and may use it too.",
      severity: "error",
      from: {
        path: ours,
        pathNot: [tests, "^lib/brokers/service-bus/", "^lib/testing/", "^embedded/sample/", "^bench/"],
      },
      to: { path: "node_modules/@azure/" },
    },
    {
      name: "database-in-the-store",
      comment: "Only lib/store names Prisma or pg: add a method to a port in lib/store/ports.",
      severity: "error",
      from: {
        path: ours,
        pathNot: [tests, "^lib/store/", "^lib/testing/", "^embedded/postgres/", "^scripts/", "^bench/", "^e2e/"],
      },
      to: { path: ["node_modules/(pg|@prisma|prisma)/", "^lib/store/generated/"] },
    },
    {
      name: "no-web-in-the-core",
      comment:
        "Rules, use cases, stores, brokers and the worker know neither Next nor React: that belongs in app, components or lib/server.",
      severity: "error",
      from: {
        path: "^(lib/(domain|contracts|amqp|brokers|outbound|store|usecases|config)|worker|embedded|scripts)/",
        pathNot: tests,
      },
      to: { path: "node_modules/(next|next-auth|react|react-dom)/" },
    },
    {
      name: "no-cycles",
      comment: "Two modules that need each other are one, or need a third. Move what both need into a file of its own.",
      severity: "error",
      from: { path: ours },
      // An edge that carries types alone does not exist when the program runs.
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "resolvable",
      comment: "This import leads nowhere.",
      severity: "error",
      from: { path: ours },
      to: { couldNotResolve: true },
    },
    {
      name: "declared",
      comment: "This package is not in package.json, or only among the development dependencies.",
      severity: "error",
      from: { path: "^(app|components|embedded|lib|scripts|worker)/", pathNot: [tests, "^lib/testing/", developing] },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "^lib/store/generated/"] },
    exclude: { path: ["^\\.next/", "^next-env\\.d\\.ts$"] },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
