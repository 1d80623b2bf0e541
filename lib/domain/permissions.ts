/** Roles and what each may do. Deny by default: what is not in the table is refused. */

export const ROLES = ["viewer", "operator", "approver", "auditor", "admin"] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = [
  /** See queues, causes, lists and figures: everything but payloads. */
  "queues.read",
  /** See body, properties and description values of a message; every look is audited. */
  "payloads.read",
  "edits.write",
  /** Give a saved filter to everybody. */
  "filters.share",
  /** Say what a cause is and where the work on it stands; make rules; merge and split. */
  "causes.write",
  "replays.read",
  /** Make a plan; claims its messages. */
  "replays.plan",
  /** Start, pause, resume, cancel, change the rate, lift a stop. */
  "replays.control",
  /** Approve or decline what somebody else has planned. */
  "replays.approve",
  /** Stop all replays at once. */
  "replays.stop",
  /** Plan, start, resume and send again out of a protected queue, and into one. */
  "replays.protected",
  /** Change the policy of a queue. */
  "policies.write",
  "audit.read",
  "metrics.read",
  "settings.write",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ["queues.read", "replays.read", "metrics.read"],
  operator: [
    "queues.read",
    "payloads.read",
    "edits.write",
    "filters.share",
    "causes.write",
    "replays.read",
    "replays.plan",
    "replays.control",
    "replays.stop",
    "audit.read",
    "metrics.read",
  ],
  approver: [
    "queues.read",
    "payloads.read",
    "filters.share",
    "replays.read",
    "replays.approve",
    "replays.stop",
    "audit.read",
    "metrics.read",
  ],
  auditor: ["queues.read", "replays.read", "audit.read", "metrics.read"],
  admin: [...PERMISSIONS],
};

/** True if any of the roles grants the permission. Unknown roles grant nothing. */
export function may(roles: readonly string[], permission: Permission): boolean {
  return roles.some(
    (role) => (ROLES as readonly string[]).includes(role) && ROLE_PERMISSIONS[role as Role].includes(permission),
  );
}
