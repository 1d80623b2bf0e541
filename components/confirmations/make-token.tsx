"use client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ActFailure } from "@/components/shell/act-failure";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { makeConfirmToken } from "@/lib/client/confirmations";

/** Makes a token, and shows it this once. */
export function MakeToken({ namespaces, onMade }: { namespaces: readonly string[]; onMade: () => void }) {
  const [name, setName] = useState("");
  const [namespace, setNamespace] = useState(namespaces[0] ?? "");
  const [asked, setAsked] = useState(false);
  const make = useMutation({
    mutationFn: makeConfirmToken,
    onSuccess: () => {
      setName("");
      setAsked(false);
      onMade();
    },
  });
  const short = name.trim().length < 2 ? "Name the consumer that will hold it." : undefined;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (!short) make.mutate({ namespace, name: name.trim() });
  };
  return (
    <Panel title="A new token">
      {make.data && (
        <div className="mb-4">
          <Banner tone="ok" live title="Copy it now: it is not shown again">
            <code className="mt-1 block font-mono text-sm break-all text-ink select-all">{make.data.token}</code>
          </Banner>
        </div>
      )}
      <form onSubmit={submit} className="flex flex-col gap-4">
        {make.error && <ActFailure title="No token was made" error={make.error} />}
        <Field label="Consumer" error={asked ? short : undefined}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={100}
              placeholder="order intake"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label="Namespace" hint="It confirms copies that were sent into this one, and no others.">
          {(control) => (
            <Select {...control} value={namespace} onChange={(event) => setNamespace(event.target.value)}>
              {namespaces.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          )}
        </Field>
        <Button type="submit" tone="primary" icon="plus" busy={make.isPending && "Making it…"}>
          Make a token
        </Button>
      </form>
    </Panel>
  );
}
