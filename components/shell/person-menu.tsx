"use client";
import { useRouter } from "next/navigation";
import { Icon } from "@/components/ui/icon";
import { Menu, MenuItem, MenuNote } from "@/components/ui/menu";
import { useMay, useSession } from "@/lib/client/session";
import { leave } from "@/lib/client/sign-in";

export function PersonMenu() {
  const router = useRouter();
  const { person, roles } = useSession();
  const maySettle = useMay("settings.write");
  const role = roles.join(", ") || "no role";
  return (
    <Menu
      label={`Signed in as ${person.name}, ${role}`}
      trigger={
        <>
          <Icon name="person" />
          <span className="max-md:sr-only">
            {person.name} <span className="text-faint">{role}</span>
          </span>
        </>
      }
    >
      <MenuNote>
        <div className="font-medium">{person.name}</div>
        <div className="text-soft">
          {person.email ?? "local account"} · {role}
        </div>
      </MenuNote>
      {maySettle && (
        <MenuItem icon="check" onSelect={() => router.push("/settings/confirmations")}>
          Confirmations by consumers
        </MenuItem>
      )}
      <MenuItem onSelect={() => void leave()}>Sign out</MenuItem>
    </Menu>
  );
}
