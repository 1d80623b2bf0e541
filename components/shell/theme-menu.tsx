"use client";
import { useState } from "react";
import { Icon, type IconName } from "@/components/ui/icon";
import { Menu, MenuChoice } from "@/components/ui/menu";
import { applyTheme, type Theme } from "@/lib/client/theme";

const OPTIONS: readonly { value: Theme; label: string; icon: IconName }[] = [
  { value: "system", label: "As the system", icon: "screen" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
];

export function ThemeMenu({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const choose = (next: Theme) => {
    setTheme(next);
    applyTheme(next);
  };
  const icon = OPTIONS.find((option) => option.value === theme)?.icon ?? "screen";
  return (
    <Menu label="Theme" trigger={<Icon name={icon} />}>
      <MenuChoice title="Theme" value={theme} options={OPTIONS} onChange={choose} />
    </Menu>
  );
}
