"use client";
import { useEffect } from "react";

/** Names the browser tab after what the page shows; the server could only name its kind. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · DLQ Console`;
  }, [title]);
}
