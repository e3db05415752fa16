/** A parsed selector over labels. Closed: canonical text and evaluation cover every kind. */
export type Selector =
  | { readonly kind: 'all' }
  /** Matches everything by itself; who rewrites namespace selectors gives it a meaning. */
  | { readonly kind: 'global' }
  | { readonly kind: 'has'; readonly label: string }
  | {
      readonly kind: ComparisonOperator;
      readonly label: string;
      readonly value: string;
    }
  | {
      readonly kind: 'in' | 'not in';
      readonly label: string;
      /** Sorted, without duplicates. */
      readonly values: readonly string[];
    }
  | { readonly kind: 'not'; readonly operand: Selector }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Selector[] };

type ComparisonOperator = '==' | '!=' | 'contains' | 'starts with' | 'ends with';
