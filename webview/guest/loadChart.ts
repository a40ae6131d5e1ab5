import uPlot from 'uplot';
import type { LoadTimeframe } from '../../src/contract/model/loadTimeframe.ts';
import { onDidChangeTheme, themeColour } from '../shared/themeChange.ts';
import { lastFigure, momentText } from './loadSeries.ts';

const heightPx = 84;

export interface LoadChartOptions {
  /** Colour of the line, a variable of the theme. */
  readonly colour: string;
  /** Where the figure under the pointer, else the last one, is written. */
  readonly readout: HTMLElement;
}

/** One line over time on a fixed axis from 0 to 100 %. Screen readers get the table beside it instead. */
export class LoadChart {
  readonly element = document.createElement('div');
  readonly #options: LoadChartOptions;
  #plot: uPlot | undefined;
  #timeS: readonly number[] = [];
  #values: readonly (number | null)[] = [];
  #timeframe: LoadTimeframe = 'hour';

  constructor(options: LoadChartOptions) {
    this.#options = options;
    this.element.className = 'chart';
    this.element.setAttribute('aria-hidden', 'true');
    onDidChangeTheme(() => this.#rebuild());
    new ResizeObserver(() => requestAnimationFrame(() => this.#resize())).observe(this.element);
  }

  setData(timeS: readonly number[], values: readonly (number | null)[], timeframe: LoadTimeframe): void {
    this.#timeS = timeS;
    this.#values = values;
    const isOther = timeframe !== this.#timeframe;
    this.#timeframe = timeframe;
    if (this.#plot === undefined || isOther) this.#rebuild();
    else this.#plot.setData([[...timeS], [...values]]);
    this.#say(null);
  }

  #resize(): void {
    const width = this.element.clientWidth;
    if (width === 0) return;
    if (this.#plot === undefined) this.#rebuild();
    else if (this.#plot.width !== width) this.#plot.setSize({ width, height: heightPx });
  }

  #rebuild(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    const width = this.element.clientWidth;
    if (width === 0) return;
    this.#plot = new uPlot(this.#plotOptions(width), [[...this.#timeS], [...this.#values]], this.element);
  }

  #plotOptions(width: number): uPlot.Options {
    const foreground = themeColour(
      '--vscode-descriptionForeground',
      themeColour('--vscode-foreground', 'gray'),
    );
    const line = themeColour(this.#options.colour, foreground);
    const grid = { stroke: themeColour('--vscode-editorRuler-foreground', foreground), width: 1 };
    const font = `11px ${themeColour('--vscode-font-family', 'sans-serif')}`;
    const axis = { stroke: foreground, font, ticks: { show: false } };
    return {
      width,
      height: heightPx,
      legend: { show: false },
      padding: [6, 8, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { x: { time: true }, y: { range: [0, 100] } },
      axes: [
        {
          ...axis,
          size: 20,
          gap: 4,
          space: 70,
          grid: { show: false },
          values: (_plot, splits) => splits.map((timeS) => momentText(timeS, this.#timeframe, 'axis')),
        },
        {
          ...axis,
          size: 44,
          gap: 4,
          grid,
          splits: [0, 50, 100],
          values: (_plot, splits) => splits.map((percent) => `${percent} %`),
        },
      ],
      series: [
        {},
        { stroke: line, width: 1.5, fill: fillOf(line), spanGaps: false, points: { show: false } },
      ],
      hooks: { setCursor: [(plot) => this.#say(plot.cursor.idx ?? null)] },
    };
  }

  #say(index: number | null): void {
    const timeS = index === null ? undefined : this.#timeS[index];
    const figure =
      index === null || timeS === undefined
        ? lastFigure(this.#timeS, this.#values)
        : { timeS, value: this.#values[index] ?? null };
    this.#options.readout.textContent =
      figure === null
        ? 'unknown'
        : `${figure.value === null ? 'no data' : `${Math.round(figure.value)} %`} at ${momentText(figure.timeS, this.#timeframe, 'full')}`;
  }
}

/** The line's colour, faint. Only hexadecimal colours can be thinned without drawing; others get no fill. */
function fillOf(colour: string): string | undefined {
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}22` : undefined;
}
