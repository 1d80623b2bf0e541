"use client";
import { useMutation } from "@tanstack/react-query";
import { ActFailure } from "@/components/shell/act-failure";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { revokeConfirmToken } from "@/lib/client/confirmations";
import type { ConfirmToken } from "@/lib/contracts/confirmations";

interface RevokeTokenProps {
  token: ConfirmToken;
  onClose: () => void;
  onRevoked: () => void;
}

export function RevokeToken({ token, onClose, onRevoked }: RevokeTokenProps) {
  const revoke = useMutation({
    mutationFn: () => revokeConfirmToken(token.id),
    onSuccess: () => {
      onRevoked();
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Revoke the token of ${token.name}?`}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button tone="danger" onClick={() => revoke.mutate()} busy={revoke.isPending && "Revoking…"}>
            Revoke it
          </Button>
        </>
      }
    >
      {revoke.error && <ActFailure title="It was not revoked" error={revoke.error} />}
      <p>
        From now on it confirms nothing. What it has confirmed stays confirmed. It cannot be made good again: the
        consumer needs a new one.
      </p>
    </Dialog>
  );
}
