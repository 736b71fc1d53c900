/** A text that is not an expression, or one that uses what is not known here. `at` and `length` are the part of the text that is meant. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly at: number,
    readonly length = 1,
  ) {
    super(message);
    this.name = 'ExpressionError';
  }
}

/** Evaluating ended with what the program would have raised. */
export class Raised extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
    this.name = 'Raised';
  }
}

/** The value cannot be told: a part that is needed was not recorded, or it would take too long. */
export class Unknown extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
    this.name = 'Unknown';
  }
}
