import { all, type Field, hex, integer, messages, readFields, text } from './wire.ts';

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A span as a collector gets it. */
export interface OtlpSpan {
  /** Of the resource: who sent it. */
  readonly service: string;
  readonly instance: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** '' = none. */
  readonly parentSpanId: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number;
}

/** The spans of an ExportTraceServiceRequest. */
export function decodeSpans(body: Buffer): OtlpSpan[] {
  return messages(readFields(body), 1).flatMap((ofResource) => {
    const { service, instance } = resourceOf(ofResource);
    const spans = messages(ofResource, 2).flatMap((ofScope) => messages(ofScope, 2));
    return spans.map((span) => ({
      service,
      instance,
      name: text(span, 5),
      traceId: hex(span, 1),
      spanId: hex(span, 2),
      parentSpanId: hex(span, 4),
      kind: Number(integer(span, 6)),
      startMs: Number(integer(span, 7)) / 1e6,
      endMs: Number(integer(span, 8)) / 1e6,
      attributes: attributesOf(span, 9),
      links: messages(span, 13).map((link) => ({ traceId: hex(link, 1), spanId: hex(link, 2) })),
      status: Number(integer(messages(span, 15)[0] ?? [], 3)),
    }));
  });
}

/** A metric as a collector gets it. */
export interface OtlpMetric {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  /** Labels of its points. */
  readonly points: readonly Attributes[];
}

const DATA = { 5: 'gauge', 7: 'sum', 9: 'histogram' } as const;
/** Where the attributes of a point are: NumberDataPoint and HistogramDataPoint differ. */
const POINT_ATTRIBUTES = { gauge: 7, sum: 7, histogram: 9 } as const;

/** The metrics of an ExportMetricsServiceRequest. */
export function decodeMetrics(body: Buffer): OtlpMetric[] {
  return messages(readFields(body), 1).flatMap((ofResource) => {
    const { service } = resourceOf(ofResource);
    const metrics = messages(ofResource, 2).flatMap((ofScope) => messages(ofScope, 2));
    return metrics.map((metric) => {
      const field = metric.find(({ number }) => number in DATA);
      const kind = DATA[(field?.number ?? 5) as keyof typeof DATA];
      const points = field ? messages(readFields(field.value as Buffer), 1) : [];
      return {
        service,
        name: text(metric, 1),
        unit: text(metric, 3),
        kind,
        points: points.map((point) => attributesOf(point, POINT_ATTRIBUTES[kind])),
      };
    });
  });
}

function resourceOf(fields: readonly Field[]): { service: string; instance: string } {
  const attributes = attributesOf(messages(fields, 1)[0] ?? [], 1);
  return { service: String(attributes['service.name']), instance: String(attributes['service.instance.id']) };
}

function attributesOf(fields: readonly Field[], number: number): Attributes {
  return Object.fromEntries(messages(fields, number).map((pair) => [text(pair, 1), anyValue(messages(pair, 2)[0] ?? [])]));
}

/** An AnyValue: string, bool, int or double. */
function anyValue(fields: readonly Field[]): string | number | boolean {
  const [field] = fields;
  if (!field) return '';
  if (field.number === 1) return text(fields, 1);
  if (field.number === 2) return integer(fields, 2) === 1n;
  if (field.number === 3) return Number(BigInt.asIntN(64, integer(fields, 3)));
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64LE(all(fields, 4)[0] as bigint);
  return bits.readDoubleLE();
}
