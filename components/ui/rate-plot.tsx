"use client";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

interface RatePlotProps {
  /** Seconds since epoch, ascending and without gaps. */
  seconds: readonly number[];
  sent: readonly number[];
  limit: number;
  label: string;
}

const HEIGHT = 200;
/** Pixels that the label of a second needs. */
const LABEL_SPACE = 80;

/** Copies a second, against the limit. Redrawn when figures, size or theme change. */
export default function RatePlot({ seconds, sent, limit, label }: RatePlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const figures = useRef<uPlot.AlignedData>([[], [], []]);
  figures.current = [[...seconds], [...sent], seconds.map(() => limit)];

  useEffect(() => {
    const parent = place.current;
    if (!parent) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(parent), figures.current, parent);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: parent.clientWidth, height: HEIGHT }));
    resized.observe(parent);
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      themed.disconnect();
      system.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    plot.current?.setData([[...seconds], [...sent], seconds.map(() => limit)]);
  }, [seconds, sent, limit]);

  // The canvas is drawn to the size that was measured last: until it is drawn anew it must not hold the page at that size.
  return (
    <div ref={place} role="img" aria-label={label} className="h-[200px] w-full overflow-hidden contain-inline-size" />
  );
}

function optionsFor(parent: HTMLElement): uPlot.Options {
  const color = colorsOf(parent);
  const axis: uPlot.Axis = {
    stroke: color("--color-soft"),
    grid: { stroke: color("--color-line"), width: 1 },
    ticks: { stroke: color("--color-line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: parent.clientWidth,
    height: HEIGHT,
    // The last second's label hangs over the end of the axis by half.
    padding: [null, LABEL_SPACE / 2, null, null],
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.15)] } },
    axes: [
      { ...axis, space: LABEL_SPACE, values: (_plot, ticks) => ticks.map(clockText) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] },
    ],
    series: [
      {},
      {
        label: "sent a second",
        stroke: color("--color-accent"),
        fill: color("--color-accent-wash"),
        width: 1.5,
        points: { show: false },
        ...(uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
      },
      { label: "limit", stroke: color("--color-bad"), width: 1.5, dash: [6, 4], points: { show: false } },
    ],
  };
}

/** "14:20:05", in UTC like every exact time of the pages. */
function clockText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}

/** A canvas knows no custom properties: asks the browser what they stand for now. */
function colorsOf(parent: HTMLElement): (token: string) => string {
  return (token) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${token})`;
    parent.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
