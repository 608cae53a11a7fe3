// The account and region that the local stack stands for.

export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';

/** As `arn:aws:lambda:us-east-1:000000000000:function:migrate`. */
export const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;
