"use client";
import { type ComponentProps, useEffect, useRef, useState } from "react";
import { Input } from "./field";

interface SearchInputProps extends Omit<ComponentProps<"input">, "value" | "onChange" | "type"> {
  value: string;
  onSearch: (text: string) => void;
}

/**
 * A search field whose text lives in the address. The address follows a moment later than the keys, so what is being
 * typed is kept here, and the address is followed only while nobody types.
 */
export function SearchInput({ value, onSearch, ...rest }: SearchInputProps) {
  const [draft, setDraft] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement !== field.current) setDraft(value);
  }, [value]);
  return (
    <Input
      {...rest}
      ref={field}
      type="search"
      value={draft}
      onChange={(event) => {
        setDraft(event.target.value);
        onSearch(event.target.value);
      }}
      onBlur={() => setDraft(value)}
    />
  );
}
