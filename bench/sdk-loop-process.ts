import { moveBySdk, type SdkLoop } from "./sdk-loops";

/** One loop in a process of its own, as each worker is one: given to it in a message, answered in another. */
const loop = await new Promise<SdkLoop>((resolve) => process.once("message", resolve));
const perSecond = await moveBySdk(loop);
process.send?.({ perSecond }, () => process.exit(0));
