// Loaded into each child of `npm start` before its own code: when the parent is gone, however it died, its end of the
// child's standard input closes. Then the child ends too, so that nothing is left running and no port stays taken.
import { isMainThread } from "node:worker_threads";

const GRACE_MS = 15_000;

if (isMainThread) {
  const end = () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), GRACE_MS).unref();
  };
  process.stdin.on("end", end);
  process.stdin.on("error", end);
  process.stdin.resume();
  // Reading must not keep alive a program that has nothing else to do.
  process.stdin.unref?.();
}
