// The types of the parser, which has none of its own.
declare module 'parse-prometheus-text-format' {
  export interface ParsedFamily {
    readonly name: string;
    readonly help: string;
    readonly type: string;
    readonly metrics: readonly { readonly value: string; readonly labels?: Readonly<Record<string, string>> }[];
  }
  const parse: (text: string) => ParsedFamily[];
  // biome-ignore lint/style/noDefaultExport: it is how the package exports it.
  export default parse;
}
