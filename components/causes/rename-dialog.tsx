"use client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";

interface RenameDialogProps {
  open: boolean;
  title: string | null;
  onClose: () => void;
  /** Null: reason and signature speak again. */
  onRename: (title: string | null) => void;
}

export function RenameDialog({ open, title, onClose, onRename }: RenameDialogProps) {
  const [text, setText] = useState(title ?? "");
  const rename = (next: string | null) => {
    onRename(next);
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Name this cause"
      description="Shown in place of the reason code; reason and text stay beside it."
      footer={
        <>
          {title !== null && <Button onClick={() => rename(null)}>Take the name away</Button>}
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={text.trim() === ""} onClick={() => rename(text.trim())}>
            Save the name
          </Button>
        </>
      }
    >
      <Field label="Name">
        {(control) => (
          <Input {...control} maxLength={200} value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </Field>
    </Dialog>
  );
}
