"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

/** One cache a browser tab; on the server one a request. */
export function QueryProvider({ children }: { children: ReactNode }) {
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: true, gcTime: 300_000 } } }),
  );
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
