"use client";
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { causeQuery, queueQuery } from "@/lib/client/queues";

/** An act at a cause: whatever comes of it, the cause and its queue are read again. */
export function useCauseAct<Input>(
  cause: { readonly id: string; readonly queueId: number },
  act: (input: Input) => Promise<unknown>,
  onSuccess?: () => void,
): UseMutationResult<unknown, Error, Input> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    ...(onSuccess ? { onSuccess } : {}),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: causeQuery(cause.id).queryKey }),
        client.invalidateQueries({ queryKey: queueQuery(cause.queueId).queryKey }),
        client.invalidateQueries({ queryKey: ["cause-rules"] }),
      ]),
  });
}
