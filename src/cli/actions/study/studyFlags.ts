/** Flags that choose runs of a study. */
export interface OnlyFlags {
  readonly only: readonly string[];
  readonly json?: boolean;
}
