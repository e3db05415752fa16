import { BarChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Chart, SeriesColour } from '../document/document.ts';

use([BarChart, GridComponent, LegendComponent, AriaComponent, SVGRenderer]);

/** Okabe and Ito's palette: told apart with every kind of colour vision. */
const COLOURS: Readonly<Record<SeriesColour, string>> = {
  calico: '#e69f00',
  flannel: '#56b4e9',
  weave: '#009e73',
  own: '#cc79a7',
  'peer-1': '#8a8a8a',
  'peer-2': '#b5b5b5',
};

const WIDTH_PX = 860;
const HEIGHT_PX = 380;
/** Readable on white and on near-black alike. */
const INK = '#7a7a7a';

/** Draws grouped bars as an SVG element that scales with the page. */
export function renderBarChart(chart: Chart): string {
  const canvas = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH_PX,
    height: HEIGHT_PX,
  });
  canvas.setOption({
    animation: false,
    textStyle: { color: INK, fontFamily: 'system-ui, sans-serif', fontSize: 13 },
    color: chart.series.map((series) => COLOURS[series.colour]),
    legend: { bottom: 0, textStyle: { color: INK } },
    grid: { left: 8, right: 12, top: 28, bottom: 64 },
    xAxis: { type: 'category', data: [...chart.categories], axisLabel: { color: INK } },
    yAxis: {
      type: chart.logarithmic ? 'log' : 'value',
      ...(chart.logarithmic ? { min: floorOf(chart) } : {}),
      name: chart.valueTitle,
      nameTextStyle: { color: INK, align: 'left' },
      axisLabel: { color: INK, formatter: (value: number) => chart.format(value) },
      splitLine: { lineStyle: { color: INK, opacity: 0.25 } },
    },
    series: chart.series.map((series) => ({
      type: 'bar',
      name: series.name,
      data: series.values.map((value) => value ?? null),
      label: {
        show: true,
        position: 'top',
        color: INK,
        fontSize: 10,
        formatter: ({ value }: { value: unknown }) =>
          typeof value === 'number' ? chart.format(value) : '',
      },
    })),
  });
  const svg = canvas.renderToSVGString();
  canvas.dispose();
  return withoutHoverStyles(svg);
}

/** A power of ten that leaves the smallest bar something to stand on. */
function floorOf(chart: Chart): number {
  const values = chart.series.flatMap(({ values: some }) => some.flatMap((value) => value ?? []));
  return 10 ** Math.floor(Math.log10(Math.min(...values)) - 0.3);
}

/** The library numbers its hover styles over the whole process, so two runs would differ; a report has no use for them. */
const withoutHoverStyles = (svg: string): string =>
  svg.replace(/<style[\s\S]*?<\/style>/, '').replaceAll(/ class="zr[^"]*"/g, '');
