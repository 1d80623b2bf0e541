"use client";
import { useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { spanText } from "@/components/ui/time-text";
import { enter, enterBySingleSignOn, type SignInResult } from "@/lib/client/sign-in";

interface SignInFormProps {
  /** Where to go on, a path of this console. */
  next: string;
  localAccounts: boolean;
  /** Name of the identity provider; null: there is none. */
  singleSignOn: string | null;
  /** Why the last attempt led back here, in words. */
  notice: string | null;
}

export function SignInForm({ next, localAccounts, singleSignOn, notice }: SignInFormProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(notice);

  const submit = async (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    const result = await enter(String(form.get("account")), String(form.get("password")));
    if (result.kind === "ok") {
      location.assign(next);
      return;
    }
    setBusy(false);
    setProblem(wordsFor(result));
  };

  return (
    <div className="flex flex-col gap-4">
      {problem && (
        <Banner tone="bad" live title="You are not signed in">
          {problem}
        </Banner>
      )}
      {localAccounts && (
        <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
          <Field label="Account">
            {(control) => (
              <Input {...control} name="account" autoComplete="username" autoCapitalize="none" required autoFocus />
            )}
          </Field>
          <Field label="Password">
            {(control) => (
              <Input {...control} name="password" type="password" autoComplete="current-password" required />
            )}
          </Field>
          <Button type="submit" tone="primary" busy={busy && "Signing in…"}>
            Sign in
          </Button>
        </form>
      )}
      {singleSignOn && (
        <Button tone={localAccounts ? "plain" : "primary"} onClick={() => void enterBySingleSignOn(next)}>
          Sign in with {singleSignOn}
        </Button>
      )}
      {!localAccounts && !singleSignOn && (
        <Banner tone="warn" title="There is no way to sign in yet">
          Turn on local accounts, or name an identity provider, in the configuration file and start the console again.
        </Banner>
      )}
    </div>
  );
}

function wordsFor(result: Exclude<SignInResult, { kind: "ok" }>): string {
  switch (result.kind) {
    case "refused":
      return "Account and password do not belong together. Check both, and whether Caps Lock is on.";
    case "throttled":
      return `There were too many attempts. The next one is looked at in ${spanText(result.waitSeconds)}.`;
    case "unavailable":
      return "The console could not check it: its web server or its database does not answer. Try again in a moment.";
  }
}
