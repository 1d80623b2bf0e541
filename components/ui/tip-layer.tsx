"use client";
import { useEffect, useRef, useState } from "react";
import { localText, utcText } from "./time-text";

interface Tip {
  readonly lines: readonly string[];
  readonly anchor: DOMRect;
}

/**
 * One tooltip for the whole page: it serves every `<time datetime>` (exact UTC and local time) and every `[data-tip]`,
 * so that a table of ten thousand cells carries no tooltip components.
 */
export function TipLayer() {
  const [tip, setTip] = useState<Tip | null>(null);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let current: Element | null = null;
    const show = (event: Event) => {
      const target = event.target instanceof Element ? event.target.closest("time[datetime],[data-tip]") : null;
      if (target === current) return;
      current = target;
      setTip(target ? { lines: linesOf(target), anchor: target.getBoundingClientRect() } : null);
    };
    const hide = () => {
      current = null;
      setTip(null);
    };
    const hideOnEscape = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", show);
    document.addEventListener("focusin", show);
    document.addEventListener("scroll", hide, true);
    document.addEventListener("keydown", hideOnEscape);
    return () => {
      document.removeEventListener("pointerover", show);
      document.removeEventListener("focusin", show);
      document.removeEventListener("scroll", hide, true);
      document.removeEventListener("keydown", hideOnEscape);
    };
  }, []);

  useEffect(() => {
    if (!tip || !box.current) return;
    const { width, height } = box.current.getBoundingClientRect();
    const left = Math.max(8, Math.min(tip.anchor.left + tip.anchor.width / 2 - width / 2, innerWidth - width - 8));
    const below = tip.anchor.bottom + 6;
    const top = below + height > innerHeight ? tip.anchor.top - height - 6 : below;
    box.current.style.left = `${left}px`;
    box.current.style.top = `${top}px`;
    box.current.style.visibility = "visible";
  }, [tip]);

  if (!tip) return null;
  return (
    <div
      ref={box}
      role="tooltip"
      className="pointer-events-none invisible fixed z-50 max-w-80 rounded-md border border-line bg-raised px-2 py-1 text-sm shadow-lg"
    >
      {tip.lines.map((line) => (
        <div key={line} className="break-name">
          {line}
        </div>
      ))}
    </div>
  );
}

function linesOf(element: Element): string[] {
  const tip = element.getAttribute("data-tip");
  const time = Date.parse(element.getAttribute("datetime") ?? "");
  const exact = Number.isNaN(time) ? [] : [utcText(time), localText(time)];
  return tip ? [tip, ...exact] : exact;
}
