"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Live } from "@/components/ui/load-state";
import { PageHead } from "@/components/ui/page-head";
import { Panel } from "@/components/ui/panel";
import { Ago } from "@/components/ui/time";
import { confirmTokensQuery } from "@/lib/client/confirmations";
import type { ConfirmToken } from "@/lib/contracts/confirmations";
import { MakeToken } from "./make-token";
import { RevokeToken } from "./revoke-token";

/** Which consumers may say that they have handled a copy. */
export function TokensView() {
  const { data, error, refetch } = useQuery(confirmTokensQuery());
  const client = useQueryClient();
  const [revoking, setRevoking] = useState<ConfirmToken | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: confirmTokensQuery().queryKey });
  return (
    <>
      <PageHead title="Confirmations by consumers" />
      <Live what="the tokens" data={data} at={data?.at} error={error} onRetry={() => void refetch()}>
        {({ items, namespaces }) => (
          <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(20rem,2fr)]">
            <Panel title="Tokens" flush>
              {items.length === 0 ? (
                <Empty title="No consumer can confirm anything yet">
                  Until one does, a copy that has not come back dead is of unknown outcome, never a success.
                </Empty>
              ) : (
                <ul>
                  {items.map((token) => (
                    <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
                  ))}
                </ul>
              )}
            </Panel>
            <MakeToken namespaces={namespaces} onMade={() => void refresh()} />
          </div>
        )}
      </Live>
      {revoking && <RevokeToken token={revoking} onClose={() => setRevoking(null)} onRevoked={() => void refresh()} />}
    </>
  );
}

function TokenRow({ token, onRevoke }: { token: ConfirmToken; onRevoke: () => void }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2.5 last:border-b-0">
      <div className="min-w-0 flex-1 basis-60">
        <div className="flex flex-wrap items-center gap-2">
          <span className="font-medium break-name">{token.name}</span>
          <span className="text-soft break-name">{token.namespace}</span>
          {token.revokedAt && (
            <Badge tone="neutral" icon="stop">
              revoked
            </Badge>
          )}
        </div>
        <p className="text-sm text-soft break-name">
          made by {token.createdBy} <Ago time={token.createdAt} focusable />
          {token.revokedAt ? (
            <>
              , revoked by {token.revokedBy ?? "somebody"} <Ago time={token.revokedAt} focusable />
            </>
          ) : token.usedAt ? (
            <>
              , last used <Ago time={token.usedAt} focusable />
            </>
          ) : (
            ", never used"
          )}
        </p>
      </div>
      {!token.revokedAt && (
        <Button small tone="danger" onClick={onRevoke}>
          Revoke…
        </Button>
      )}
    </li>
  );
}
