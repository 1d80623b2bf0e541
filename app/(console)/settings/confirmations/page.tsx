import type { Metadata } from "next";
import { TokensView } from "@/components/confirmations/tokens-view";
import { confirmTokensQuery } from "@/lib/client/confirmations";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { listConfirmTokens } from "@/lib/usecases/confirmations/list-confirm-tokens";
import { Hydrated, known } from "../../hydrated";

export const metadata: Metadata = { title: "Confirmations" };

export default async function ConfirmationsPage() {
  await pageGate("settings.write");
  const tokens = await listConfirmTokens({ store: composition().store });
  return (
    <Hydrated known={[known(confirmTokensQuery(), tokens)]}>
      <TokensView />
    </Hydrated>
  );
}
