/** Names of functions as people read them. */

/** A fun as the compiler names it: `-subtract/2-fn-83-/3`, the second of a line `-count/1-fn-8-2-/2`. */
const FUN = /-([^/]+)\/(\d+)-([a-z]+)-(\d+)(?:-\d+)?-\/\d+$/;

/** `Shop.Stock.subtract/2 fn:83` of `Shop.Stock.-subtract/2-fn-83-/3`: what it is in, what it is, and in which line. */
export const functionTitle = (text: string): string => text.replace(FUN, '$1/$2 $3:$4');

/** `a mug is sold` of `ShopTest.test a mug is sold/1`; of other functions their title. */
export const testName = (text: string): string =>
  /\.(?:test|property|doctest) (.+)\/1$/.exec(text)?.[1] ?? functionTitle(text);

/** `handle_call` of `Shop.Stock.handle_call/3`, for where it is known whose it is. */
export function shortFunction(text: string): string {
  const fun = FUN.exec(text);
  if (fun !== null) return `${fun[1]!} ${fun[3]!}:${fun[4]!}`;
  return /([^.:]+)\/\d+$/.exec(text)?.[1] ?? text;
}
