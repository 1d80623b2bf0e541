// biome-ignore lint/suspicious/noEmptyInterface: filled with the noun
export interface QueueStore {}
