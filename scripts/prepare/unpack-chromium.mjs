// Run as a program of its own, by chromium.mjs: the package unpacks into the temporary folder of its process.
import chromium from "@sparticuz/chromium";

console.log(await chromium.executablePath());
