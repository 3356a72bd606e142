import { Histogram } from './histogram.ts';
import type { LabelsOf, MetricName } from './names/index.ts';

/** Values of one metric by their labels, made as labels come; for what happens rarely. */
class ByLabels<N extends MetricName, V> {
  private readonly byKey = new Map<string, { readonly labels: LabelsOf<N>; value: V }>();

  get samples(): { readonly labels: LabelsOf<N>; readonly value: V }[] {
    return [...this.byKey.values()];
  }

  protected at(labels: LabelsOf<N>, zero: () => V): { value: V } {
    const key = Object.values(labels).join('\n');
    let sample = this.byKey.get(key);
    if (!sample) {
      sample = { labels, value: zero() };
      this.byKey.set(key, sample);
    }
    return sample;
  }
}

/** A counter by its labels. */
export class Counters<N extends MetricName> extends ByLabels<N, number> {
  add(labels: LabelsOf<N>, by = 1): void {
    this.at(labels, () => 0).value += by;
  }
}

/** Distributions of durations by their labels. */
export class Histograms<N extends MetricName> extends ByLabels<N, Histogram> {
  private readonly boundaries: readonly number[];

  /** `boundaries`: inclusive upper bounds, seconds. */
  constructor(boundaries: readonly number[]) {
    super();
    this.boundaries = boundaries;
  }

  record(labels: LabelsOf<N>, ms: number): void {
    this.at(labels, () => new Histogram(this.boundaries)).value.record(ms);
  }
}
