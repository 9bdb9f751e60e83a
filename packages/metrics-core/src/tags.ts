/** Tag names and values of a series. Two series are the same if their sets of pairs are, in whatever order. */
export type Tags = { readonly [key: string]: string };
