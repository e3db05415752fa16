/** A report before it has a format: what it says, in order. Renderers turn it into Markdown and HTML. */
export interface ReportDocument {
  readonly title: string;
  /** One sentence under the title. */
  readonly subtitle: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | Table
  | Chart;

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly numeric?: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

/** A picture of figures that a table beside it has in full. */
export interface Chart {
  readonly kind: 'chart';
  readonly title: string;
  readonly categories: readonly string[];
  readonly valueTitle: string;
  /** A value as people read it. */
  readonly format: (value: number) => string;
  readonly series: readonly {
    readonly name: string;
    /** Which colour: the same plugin has the same one everywhere. */
    readonly colour: SeriesColour;
    readonly values: readonly (number | undefined)[];
  }[];
  readonly logarithmic: boolean;
}

export type SeriesColour = 'calico' | 'flannel' | 'weave' | 'own' | 'peer-1' | 'peer-2';
