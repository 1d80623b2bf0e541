/** Debian's packages for the libraries that programs from npm expect of the system. */
const PACKAGES: Readonly<Record<string, string>> = {
  "libstdc++.so.6": "libstdc++6",
  "libgcc_s.so.1": "libgcc-s1",
  "libz.so.1": "zlib1g",
  "libxml2.so.2": "libxml2",
  "liblzma.so.5": "liblzma5",
};

/** The loader's complaint as advice; null when the output is about something else. */
export function missingLibrary(output: string): string | null {
  const library = /error while loading shared libraries: (\S+):/.exec(output)?.[1];
  if (library !== undefined) {
    const named = PACKAGES[library];
    const install = named === undefined ? `the package that holds ${library}` : `${named} (Debian's name for it)`;
    return `The embedded PostgreSQL needs the library ${library}. Install ${install}, or set DATABASE_URL to use a server.`;
  }
  if (/ENOENT/.test(output)) {
    return "The embedded PostgreSQL needs glibc, which this system does not have. Set DATABASE_URL to use a server.";
  }
  return null;
}
