import "server-only";
import { notFound } from "next/navigation";
import { AppError } from "@/lib/domain/app-error";

/** Leads to the 404 page where the use case says that there is no such thing. */
export async function orNotFound<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && error.code === "not-found") notFound();
    throw error;
  }
}
