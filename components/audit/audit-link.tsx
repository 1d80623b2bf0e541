"use client";
import Link from "next/link";
import { useMay } from "@/lib/client/session";

type Of = { readonly queue: number } | { readonly replay: string } | { readonly deadLetter: string };

/** Leads to what the audit has of one thing; absent for who may not read it. */
export function AuditLink({ of }: { of: Of }) {
  if (!useMay("audit.read")) return null;
  const [[name, value] = ["", ""]] = Object.entries(of);
  return (
    <Link href={`/audit?${new URLSearchParams({ [name]: String(value) })}`} className="text-accent hover:underline">
      Who did what
    </Link>
  );
}
