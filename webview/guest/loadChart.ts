import uPlot from 'uplot';
import type { LoadPoint } from '../../src/contract/model/guestDetail.ts';
import 'uplot/dist/uPlot.min.css';

const heightPx = 130;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });

/** CPU and memory of a guest in per cent over time; gaps stay gaps. The table beside it says the same in words. */
export class LoadChart {
  readonly #root: HTMLElement;
  #plot: uPlot | null = null;
  #points: readonly LoadPoint[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
    new ResizeObserver(() => this.#plot?.setSize({ width: this.#width(), height: heightPx })).observe(root);
    // A change of theme changes the class of the body; colours are read anew then.
    new MutationObserver(() => this.show(this.#points, true)).observe(document.body, {
      attributeFilter: ['class'],
    });
  }

  show(points: readonly LoadPoint[], anew = false): void {
    this.#points = points;
    if (anew || points.length === 0) {
      this.#plot?.destroy();
      this.#plot = null;
    }
    if (points.length === 0) return;
    const data: uPlot.AlignedData = [
      points.map((point) => point.timeS),
      points.map((point) => percent(point.cpuRatio)),
      points.map((point) => memoryPercent(point)),
    ];
    if (this.#plot === null) this.#plot = new uPlot(this.#options(), data, this.#root);
    else this.#plot.setData(data);
  }

  #width(): number {
    return Math.max(200, this.#root.clientWidth);
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(document.body);
    const color = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
    const text = color('--vscode-descriptionForeground', 'gray');
    const grid = { stroke: color('--vscode-widget-border', 'transparent'), width: 1 };
    const axis = { stroke: text, grid, ticks: grid };
    return {
      width: this.#width(),
      height: heightPx,
      cursor: { show: false },
      legend: { show: false },
      scales: { y: { range: [0, 100] } },
      axes: [
        {
          ...axis,
          values: (_plot: uPlot, times: number[]) => times.map((timeS) => clock.format(timeS * 1000)),
        },
        { ...axis, size: 56, values: (_plot, values) => values.map((value) => `${value} %`) },
      ],
      series: [
        {},
        { label: 'CPU', stroke: color('--vscode-charts-blue', 'blue'), width: 1.5, spanGaps: false },
        {
          label: 'Memory',
          stroke: color('--vscode-charts-purple', 'purple'),
          width: 1.5,
          dash: [6, 3],
          spanGaps: false,
        },
      ],
    };
  }
}

export function percent(ratio: number | null): number | null {
  return ratio === null ? null : Math.round(ratio * 1000) / 10;
}

export function memoryPercent(point: LoadPoint): number | null {
  return point.memoryBytes === null || !point.maxMemoryBytes
    ? null
    : percent(point.memoryBytes / point.maxMemoryBytes);
}
