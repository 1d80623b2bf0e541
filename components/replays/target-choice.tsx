"use client";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Field, Input, Select } from "@/components/ui/field";
import { bytesText, countText } from "@/components/ui/number-text";
import { spanText } from "@/components/ui/time-text";
import { targetsQuery } from "@/lib/client/replays";
import type { TargetView } from "@/lib/contracts/targets";

export interface Destination {
  /** Null: where the messages came from. */
  readonly path: string | null;
  /** Of a topic: the one subscription; null: all that match. */
  readonly routeTo: string | null;
}

interface TargetChoiceProps {
  queue: number;
  origin: string;
  destination: Destination;
  onChange: (destination: Destination) => void;
}

/** Where the copies go: back, to another entity of the namespace, of a topic to one subscription alone. */
export function TargetChoice({ queue, origin, destination, onChange }: TargetChoiceProps) {
  const [text, setText] = useState("");
  const { data, error } = useQuery(targetsQuery(queue, useDeferredValue(text.trim())));
  const chosen = useChosen(queue, destination.path ?? origin);
  const group = useId();
  const path = destination.path ?? origin;
  const found = (data?.items ?? []).filter((target) => target.path !== origin);
  const more = (data?.total ?? 0) - (data?.items.length ?? 0);
  return (
    <details className="rounded-md border border-line">
      <summary className="rounded-md px-3 py-2">
        <span className="font-medium">Where to</span>
        <span className="ml-2 text-soft break-name">
          {destination.path === null ? `back to ${origin}` : path}
          {destination.routeTo !== null && `, to ${destination.routeTo} alone`}
        </span>
      </summary>
      <div className="flex flex-col gap-3 border-t border-line p-3">
        <Field label="Search queues and topics of the namespace">
          {(control) => (
            <Input
              {...control}
              type="search"
              value={text}
              maxLength={300}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        {error && <p className="text-sm text-bad">They could not be read: {error.message}</p>}
        <fieldset>
          <legend className="sr-only">Target</legend>
          <ul className="flex max-h-64 flex-col overflow-y-auto rounded-md border border-line">
            <Option
              group={group}
              label={origin}
              note="where they came from"
              checked={destination.path === null}
              onChoose={() => onChange({ path: null, routeTo: null })}
            />
            {found.map((target) => (
              <Option
                key={target.path}
                group={group}
                label={target.path}
                target={target}
                checked={destination.path === target.path}
                onChoose={() => onChange({ path: target.path, routeTo: null })}
              />
            ))}
          </ul>
        </fieldset>
        {data !== undefined && found.length === 0 && text.trim() !== "" && (
          <p className="text-sm text-soft">Nothing else of the namespace has “{text.trim()}” in its path.</p>
        )}
        {more > 0 && <p className="text-sm text-soft">{more} more: search for a part of the path.</p>}
        {chosen?.subscriptions && chosen.subscriptions.length > 0 && (
          <Field
            label={`Subscriptions of ${chosen.path} that get the copies`}
            hint="One alone works by a property that the copies carry. The plan checks whether the rules of the others leave them out, and shows what to add to them."
          >
            {(control) => (
              <Select
                {...control}
                value={destination.routeTo ?? ""}
                onChange={(event) => onChange({ ...destination, routeTo: event.target.value || null })}
              >
                <option value="">All whose rules match</option>
                {chosen.subscriptions?.map((name) => (
                  <option key={name} value={name}>
                    {name} alone
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
      </div>
    </details>
  );
}

/** What is known of the chosen target, whatever has been searched for since. */
function useChosen(queue: number, path: string): TargetView | undefined {
  const { data } = useQuery(targetsQuery(queue, path));
  return data?.items.find((target) => target.path === path);
}

interface OptionProps {
  group: string;
  label: string;
  note?: string;
  target?: TargetView;
  checked: boolean;
  onChoose: () => void;
}

function Option({ group, label, note, target, checked, onChoose }: OptionProps) {
  return (
    <li className="border-b border-line last:border-b-0">
      <label className="flex min-h-9 items-start gap-2 px-3 py-1.5 has-checked:bg-accent-wash has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent">
        <input
          type="radio"
          name={group}
          className="mt-1"
          checked={checked}
          disabled={target?.disabled ?? false}
          onChange={onChoose}
        />
        <span className="min-w-0 flex-1">
          <span className="break-name">{label}</span> {note && <span className="ml-1 text-sm text-soft">{note}</span>}
          {target && <Facts target={target} />}
        </span>
      </label>
    </li>
  );
}

/** What decides what becomes of a copy there. */
function Facts({ target }: { target: TargetView }) {
  const { duplicateDetection: detection, subscriptions } = target;
  return (
    <span className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-soft">
      <span>
        {target.kind}
        {subscriptions && ` with ${countText(subscriptions.length, "subscription")}`}
        {target.maxMessageBytes !== null && `, takes ${bytesText(target.maxMessageBytes)}`}
      </span>
      {target.disabled && (
        <Badge tone="bad" icon="stop">
          disabled
        </Badge>
      )}
      {target.requiresSession && (
        <Badge tone="warn" icon="lock">
          requires sessions
        </Badge>
      )}
      {detection?.enabled && <Badge tone="warn">drops duplicates for {spanText(detection.windowSeconds)}</Badge>}
      {target.forwardTo && <Badge tone="warn">passes on to {target.forwardTo}</Badge>}
    </span>
  );
}
