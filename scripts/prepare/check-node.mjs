/** Ends the process when Node.js is older than package.json's "engines" allow. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  if (fits) return;
  console.error(
    "This needs Node.js 20.19 or newer, and this is " +
      process.versions.node +
      ". Install a current one from nodejs.org.",
  );
  process.exit(1);
}
