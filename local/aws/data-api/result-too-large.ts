// A result that the Data API does not hand over, because of its size.
import { AwsError } from '../errors.ts';

export class ResultTooLargeError extends AwsError {
  constructor() {
    super('UnsupportedResultException', 'Database response exceeded size limit');
  }
}
