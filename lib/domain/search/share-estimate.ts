/** Of one group of a sample: how many were asked, and how many of these match. */
export interface AskedGroup {
  readonly asked: number;
  readonly matching: number;
}

/**
 * The share that matches in each group of a sample. A group of which few were asked says little of itself: its share is weighed with that of all, the
 * more so the more alike the groups are (the prior of a beta-binomial, its correlation within groups by moments). Where groups match wholly or not at
 * all, each is taken at its word.
 */
export function estimateShares(groups: readonly AskedGroup[]): (group: AskedGroup) => number {
  const asked = sumOf(groups.map((group) => group.asked));
  const share = sumOf(groups.map((group) => group.matching)) / Math.max(asked, 1);
  const weight = likeOthers(groups, asked, share);
  return (group) =>
    weight === Number.POSITIVE_INFINITY
      ? share
      : (group.matching + share * weight) / Math.max(group.asked + weight, Number.EPSILON);
}

/** How many asked messages the share of all stands for beside those of the group; infinite: nothing shows that groups differ. */
function likeOthers(groups: readonly AskedGroup[], asked: number, share: number): number {
  const spread = share * (1 - share);
  const others = groups.length - 1;
  if (spread === 0 || others < 1) return 0;
  // What the differences between groups come to, in units of what chance alone makes of one group.
  const seen = sumOf(groups.map((group) => group.asked * (group.matching / group.asked - share) ** 2)) / spread;
  const most = asked - sumOf(groups.map((group) => group.asked ** 2)) / asked;
  if (most <= others) return Number.POSITIVE_INFINITY;
  const correlation = Math.min(1, Math.max(0, (seen - others) / (most - others)));
  return correlation === 0 ? Number.POSITIVE_INFINITY : (1 - correlation) / correlation;
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);
